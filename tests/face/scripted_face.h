// scripted_face: an executor actor whose every step a test decides.
//
// Question: how is a conversation with executors and futures played move by move?
// Zone:     home. All of it happens in the test's own thread, CAF's scheduler and clock included.
#pragma once

#include <gtest/gtest.h>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <typeinfo>
#include <utility>
#include <vector>

#include "actors/actor_face.h"

namespace offstage::testing {

/// A pool without threads: tasks wait until the script has one run, in the script's thread. What
/// happens while a task runs is written in its body.
/// @thread The script's.
class scripted_pool final : public worker_pool {
 public:
  using worker_pool::worker_pool;

  void submit(ref<task_record> task) override {
    if (closed_)
      throw pool_closed("scripted_pool::submit: expected an open pool, found a closed one");
    if (threadless_) throw std::system_error(EAGAIN, std::generic_category());
    waiting_.push_back(std::move(task));
  }

  void cancel(const ref<task_record>& task) noexcept override {
    if (const auto at = std::find(waiting_.begin(), waiting_.end(), task); at != waiting_.end()) {
      auto record = std::move(*at);
      waiting_.erase(at);
      task_record::abandon(std::move(record));
    } else if (running_ == task.get()) {
      task->request_stop();
    }
  }

  void terminate(const ref<task_record>&, time_limit grace) noexcept override {
    terminated_after_.push_back(grace);
  }

  std::size_t worker_count() const noexcept override { return 1; }
  void close() override { closed_ = true; }
  bool closed() const noexcept override { return closed_; }

  /// How many tasks wait.
  std::size_t waiting() const noexcept { return waiting_.size(); }

  /// Runs the task that waits longest; it must be there.
  void run_next() {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    running_ = next.get();
    task_record::run(std::move(next));
    running_ = nullptr;
  }

  /// The graces of the tasks that were to be ended by force.
  const std::vector<time_limit>& terminated_after() const noexcept { return terminated_after_; }

  /// From now on it throws what pools throw that cannot have threads, or does so no more.
  void have_threads(bool possible) noexcept { threadless_ = !possible; }

 private:
  std::deque<ref<task_record>> waiting_;
  const task_record* running_ = nullptr;
  std::vector<time_limit> terminated_after_;
  bool closed_ = false;
  bool threadless_ = false;
};

/// The context of scripted pools.
/// @thread The script's.
class scripted_context final : public parallel_context {
 public:
  scripted_context() = default;
  ~scripted_context() override { finish(); }

  /// The pool that it made last.
  scripted_pool& pool() const noexcept { return *pool_; }

 protected:
  std::shared_ptr<worker_pool> do_make_pool(pool_options) override {
    pool_ = std::make_shared<scripted_pool>(anchor());
    return pool_;
  }

 private:
  std::shared_ptr<scripted_pool> pool_;
};

/// What `update` says, in words: "waiting", "executing, started", "executing, generated 3".
inline std::string words_of(const future_update& update) {
  std::string out(to_string(update.state));
  if (update.words.empty()) return out;
  out.append(", ").append(to_string(update.kind()));
  const auto* const carrier = dynamic_cast<value_carrier*>(update.beside.get());
  if (carrier != nullptr && carrier->type() == typeid(int)) {
    out.append(" ").append(std::to_string(update.value<int>()));
  }
  return out;
}

/// What a listener heard, one entry a message.
using words = std::vector<std::string>;

/// An actor that does nothing but keep its mail until the script looks.
/// @thread The script's.
class listener {
 public:
  explicit listener(caf::actor_system& system) : self_(system) {}

  /// Takes the mail that has come since the last call.
  words heard() {
    words out;
    while (self_->has_next_message()) {
      const auto element = self_->next_message();
      const auto& content = element->content();
      if (content.match_elements<future_update>()) {
        last_ = content.get_as<future_update>(0);
        out.push_back(words_of(last_));
      } else if (content.match_elements<executor_update>()) {
        out.emplace_back(to_string(content.get_as<executor_update>(0).state));
      } else if (content.match_elements<caf::down_msg>()) {
        out.push_back("down, " + reason(content.get_as<caf::down_msg>(0).reason));
      } else if (content.match_elements<caf::exit_msg>()) {
        out.push_back("exit, " + reason(content.get_as<caf::exit_msg>(0).reason));
      } else {
        out.push_back(caf::to_string(content));
      }
    }
    return out;
  }

  /// Takes the mail that has come since the last call, all of it updates, and shows each to `look`
  /// without looking into it; returns how many there were.
  template <class Look>
  std::size_t take(Look&& look) {
    std::size_t out = 0;
    for (; self_->has_next_message(); ++out)
      look(self_->next_message()->content().get_as<future_update>(0));
    return out;
  }

  /// The update of a future that `heard()` took last.
  const future_update& last() const noexcept { return last_; }

  caf::actor handle() const { return caf::actor_cast<caf::actor>(self_); }
  caf::blocking_actor* operator->() const { return self_.ptr(); }

 private:
  std::string reason(const caf::error& why) { return why ? self_->system().render(why) : "normal"; }

  caf::scoped_actor self_;
  future_update last_;
};

/// A request under way to an executor or a future, asked by an actor of its own.
/// @thread The script's.
template <class Answer>
class asked {
 public:
  template <class To, class What>
  asked(caf::actor_system& system, const To& to, What what) : self_(system) {
    self_->request(to, caf::infinite, std::move(what));
  }

  /// True once an answer came, be it a refusal.
  bool answered() {
    while (self_->has_next_message()) {
      const auto element = self_->next_message();
      const auto& content = element->content();
      ++answers_;
      if (content.template match_elements<Answer>()) answer_ = content.template get_as<Answer>(0);
      if (content.template match_elements<caf::error>()) {
        refusal_ = content.template get_as<caf::error>(0);
      }
    }
    EXPECT_LE(answers_, 1);
    return answers_ != 0;
  }

  /// The answer, which must have come.
  const Answer& operator*() {
    EXPECT_TRUE(answered());
    return answer_.value();
  }

  /// Why there is no other answer.
  const caf::error& refusal() {
    EXPECT_TRUE(answered());
    return refusal_;
  }

 private:
  caf::scoped_actor self_;
  int answers_ = 0;
  std::optional<Answer> answer_;
  caf::error refusal_;
};

/// A user's actor system with an executor actor, which runs only when the script says so.
class scripted_face : public ::testing::Test {
 protected:
  struct scripted_config : caf::actor_system_config {
    scripted_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  scripted_face() { run(); }

  ~scripted_face() override {
    listener last(system);
    last->monitor(desk);
    caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
    run();
    EXPECT_EQ(last.heard().size(), 1U);
  }

  /// Lets the executor take its messages until none is left; returns how many there were. Nobody
  /// else ever runs in this system.
  std::size_t run() { return schedule.run(); }

  /// Lets it take one message.
  void run_once() { EXPECT_TRUE(schedule.try_run_once()); }

  /// True if nobody has anything to do.
  bool idle() const { return !schedule.has_job(); }

  scripted_pool& pool() const { return context.pool(); }

  template <class Answer, class To, class What>
  asked<Answer> ask(const To& to, What what) {
    return asked<Answer>(system, to, std::move(what));
  }

  /// Submits a task and lets the executor take it.
  template <class Task>
  future_handle submit(Task made) {
    asked<future_handle> answer(system, desk, submit_task{std::move(made)});
    run();
    return *answer;
  }

  /// Subscribes and lets the executor take it.
  template <class To>
  void subscribe_to(const To& to, listener& who) {
    caf::anon_send(to, subscribe{who.handle()});
    run();
  }

  /// The state that a future or an executor answers.
  template <class State, class To>
  State state_of(const To& to) {
    asked<State> answer(system, to, get_state{});
    run();
    return *answer;
  }

  future_state state_of(const future_handle& future) { return state_of<future_state>(future); }
  executor_state state_of(const executor_handle& desk) { return state_of<executor_state>(desk); }

  scripted_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& schedule =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  scripted_context context;
  executor_handle desk = spawn_executor(system, {.context = &context});
};

}  // namespace offstage::testing
