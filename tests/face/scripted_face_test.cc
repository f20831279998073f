// The conversations of the actor face, scripted: nothing runs unless the script says so. The
// actors run on CAF's deterministic scheduler, the tasks where the script runs them.

#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/actor_face.h"

namespace offstage {
namespace {

// To an actor of the user's: do this.
struct deed {
  std::function<void(caf::event_based_actor*)> what;
};

}  // namespace
}  // namespace offstage

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::deed)

namespace offstage {
namespace {

// A pool whose tasks run when the script says so.
class scripted_pool final : public worker_pool {
 public:
  using worker_pool::worker_pool;

  std::deque<ref<task_record>> tasks;

  void submit(ref<task_record> task) override {
    if (closed_) throw pool_closed("scripted_pool: closed");
    tasks.push_back(std::move(task));
  }
  void cancel(const ref<task_record>& task) noexcept override {
    if (std::erase(tasks, task) != 0) task_record::abandon(task);
  }
  std::size_t worker_count() const noexcept override { return 1; }
  void close() override { closed_ = true; }
  bool closed() const noexcept override { return closed_; }

  void run_next() {
    auto next = std::move(tasks.front());
    tasks.pop_front();
    task_record::run(std::move(next));
  }

 private:
  bool closed_ = false;
};

class scripted_context final : public parallel_context {
 public:
  std::shared_ptr<scripted_pool> pool;

  ~scripted_context() override { finish(); }

 protected:
  std::shared_ptr<worker_pool> do_make_pool(pool_options) override {
    return pool = std::make_shared<scripted_pool>(anchor());
  }
};

struct scripted_config : caf::actor_system_config {
  scripted_config() { set("scheduler.policy", caf::atom("testing")); }
};

// What an actor of the user's hears.
struct heard {
  std::vector<future_state> states;
  std::vector<int> values;
  std::vector<executor_state> executor_states;
  std::vector<caf::error> ends;
  std::vector<future_handle> futures;
  std::vector<shutdown_result> shutdowns;
  std::vector<caf::error> refusals;
  bool gone = false;
};

caf::behavior listener(caf::event_based_actor* self, std::shared_ptr<heard> log) {
  self->set_down_handler([log](caf::down_msg& down) { log->ends.push_back(down.reason); });
  self->attach_functor([log] { log->gone = true; });
  return {
      [log](const future_update& update) {
        if (!update.words.empty() && (update.kind() == state_message_kind::generated ||
                                      update.kind() == state_message_kind::progressed)) {
          log->values.push_back(update.value<int>());
        } else {
          log->states.push_back(update.state);
        }
      },
      [log](executor_update update) { log->executor_states.push_back(update.state); },
      [self](const deed& asked) { asked.what(self); },
  };
}

class ScriptedFaceTest : public ::testing::Test {
 protected:
  ScriptedFaceTest() { run(); }
  ~ScriptedFaceTest() override {
    // The pool is the script's: nobody else ends what still waits in it.
    caf::anon_send_exit(desk, caf::exit_reason::kill);
    if (listening) caf::anon_send_exit(*listening, caf::exit_reason::kill);
    run();
    if (context.pool) {
      while (!context.pool->tasks.empty()) context.pool->run_next();
    }
    run();
  }

  void run() { scheduler.run(); }

  // An actor of the user's, which logs in `log`.
  const caf::actor& user() {
    if (!listening) {
      listening = system.spawn(listener, log);
      run();
    }
    return *listening;
  }

  // Has the user's actor do something now.
  void let_user(std::function<void(caf::event_based_actor*)> what) {
    caf::anon_send(user(), deed{std::move(what)});
    ASSERT_TRUE(scheduler.prioritize(user()));
    scheduler.run_once();
  }

  template <class Message>
  void ask(Message message) {
    using answer =
        std::conditional_t<std::is_same_v<Message, submit_task>, future_handle, shutdown_result>;
    let_user([this, message](caf::event_based_actor* self) {
      self->request(desk, caf::infinite, message)
          .then([this](answer got) { take(std::move(got)); },
                [this](caf::error& error) { log->refusals.push_back(error); });
    });
  }

  void take(future_handle future) { log->futures.push_back(std::move(future)); }
  void take(shutdown_result how) { log->shutdowns.push_back(how); }

  template <class Handle>
  void let_user_monitor(const Handle& handle) {
    let_user([handle](caf::event_based_actor* self) { self->monitor(handle); });
  }

  // A task that was submitted and has not run; its updates and its end are logged.
  template <class Task>
  future_handle watched(Task made) {
    ask(submit_task{std::move(made)});
    run();
    EXPECT_EQ(log->futures.size(), 1U);
    auto future = log->futures.back();
    caf::anon_send(future, subscribe{user()});
    let_user_monitor(future);
    run();
    EXPECT_EQ(log->states, std::vector{future_state::waiting});
    log->states.clear();
    return future;
  }

  bool asked_for(const shutdown_result& how, bool stopped, std::size_t still_running) {
    return how.stopped == stopped && how.still_running == still_running;
  }

  using states = std::vector<future_state>;

  scripted_config config;
  scripted_context context;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  executor_handle desk = spawn_executor(system, {.context = &context});
  std::shared_ptr<heard> log = std::make_shared<heard>();
  std::optional<caf::actor> listening;
};

TEST_F(ScriptedFaceTest, AnswersASubmissionInTheExecutorsTurnAndRunsNothingItself) {
  user();
  ask(submit_task{prepare_call([] { return 1; })});
  // The executor has its mail and no turn yet.
  EXPECT_TRUE(context.pool == nullptr || context.pool->tasks.empty());
  EXPECT_TRUE(log->futures.empty());
  scheduler.run_once();
  EXPECT_EQ(context.pool->tasks.size(), 1U);
  EXPECT_TRUE(log->futures.empty());
  scheduler.run_once();
  EXPECT_EQ(log->futures.size(), 1U);
  EXPECT_FALSE(scheduler.has_job());
}

TEST_F(ScriptedFaceTest, TellsStatesInTheExecutorsTurnAndInOrder) {
  watched(prepare_call([] { return 1; }));
  context.pool->run_next();
  // The task has ended; nobody at home knows.
  EXPECT_TRUE(log->states.empty());
  EXPECT_TRUE(log->ends.empty());
  run();
  EXPECT_EQ(log->states, (states{future_state::executing, future_state::completed}));
  ASSERT_EQ(log->ends.size(), 1U);
  EXPECT_EQ(log->ends[0], caf::error(caf::none));
}

TEST_F(ScriptedFaceTest, WakesTheExecutorOnceForManyMessages) {
  ask(submit_task{prepare_call([] {})});
  run();
  for (int i = 0; i < 99; ++i) ask(submit_task{prepare_call([] {})});
  run();
  ASSERT_EQ(context.pool->tasks.size(), 100U);
  for (int i = 0; i < 100; ++i) context.pool->run_next();
  // 200 messages are on their way, and the executor has one job.
  EXPECT_EQ(scheduler.jobs.size(), 1U);
}

TEST_F(ScriptedFaceTest, TellsItemsAndReportsBetweenExecutingAndTheEnd) {
  watched(prepare_iteration([]() -> generator<int> {
    for (int i = 0; i < 3; ++i) co_yield i;
  }));
  context.pool->run_next();
  EXPECT_TRUE(log->values.empty());
  run();
  EXPECT_EQ(log->values, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(log->states, (states{future_state::executing, future_state::completed}));
}

TEST_F(ScriptedFaceTest, EndsTheFutureOfATaskThatThrowsWithAReason) {
  watched(prepare_call([] { throw std::domain_error("why"); }));
  context.pool->run_next();
  run();
  EXPECT_EQ(log->states, (states{future_state::executing, future_state::failed}));
  ASSERT_EQ(log->ends.size(), 1U);
  EXPECT_EQ(log->ends[0], caf::exit_reason::unhandled_exception);
}

TEST_F(ScriptedFaceTest, CancelsATaskThatWaitsWithoutRunningIt) {
  bool ran = false;
  const auto future = watched(prepare_call([&ran] { ran = true; }));
  caf::anon_send(future, cancel_task{});
  EXPECT_EQ(context.pool->tasks.size(), 1U);
  run();
  EXPECT_TRUE(context.pool->tasks.empty());
  EXPECT_EQ(log->states, (states{future_state::cancelling, future_state::cancelled}));
  ASSERT_EQ(log->ends.size(), 1U);
  EXPECT_EQ(log->ends[0], caf::exit_reason::user_shutdown);
  EXPECT_FALSE(ran);
}

TEST_F(ScriptedFaceTest, CancelsATaskThatRunsWhenItHasEnded) {
  // The body is the place of the script where the task runs.
  std::optional<future_handle> future;
  states seen_inside;
  future = watched(prepare_call([&] {
    caf::anon_send(*future, cancel_task{});
    run();
    seen_inside = log->states;
    return 1;
  }));
  context.pool->run_next();
  EXPECT_EQ(seen_inside, (states{future_state::executing, future_state::cancelling}));
  EXPECT_EQ(log->states, seen_inside);
  EXPECT_TRUE(log->ends.empty());
  run();
  EXPECT_EQ(log->states,
            (states{future_state::executing, future_state::cancelling, future_state::cancelled}));
  ASSERT_EQ(log->ends.size(), 1U);
  EXPECT_EQ(log->ends[0], caf::exit_reason::user_shutdown);
}

TEST_F(ScriptedFaceTest, ChangesNothingByACancelAfterTheEnd) {
  const auto future = watched(prepare_call([] {}));
  context.pool->run_next();
  run();
  caf::anon_send(future, cancel_task{});
  run();
  EXPECT_EQ(log->states, (states{future_state::executing, future_state::completed}));
  EXPECT_EQ(log->ends.size(), 1U);
}

TEST_F(ScriptedFaceTest, TellsThePresentStateToThoseWhoComeLate) {
  const auto future = watched(prepare_call([] {}));
  context.pool->run_next();
  run();
  log->states.clear();
  caf::anon_send(future, subscribe{user()});
  run();
  EXPECT_EQ(log->states, states{future_state::completed});
}

TEST_F(ScriptedFaceTest, GoesOnWhenASubscriberDies) {
  const auto future = watched(prepare_call([] { return 1; }));
  caf::anon_send_exit(user(), caf::exit_reason::kill);
  run();
  EXPECT_TRUE(log->gone);
  context.pool->run_next();
  run();
  EXPECT_TRUE(log->states.empty());
  // Another one learns the end.
  listening.reset();
  log = std::make_shared<heard>();
  caf::anon_send(future, subscribe{user()});
  run();
  EXPECT_EQ(log->states, states{future_state::completed});
}

TEST_F(ScriptedFaceTest, RefusesATaskThatWasSubmittedBefore) {
  const task once{prepare_call([] {})};
  ask(submit_task{once});
  ask(submit_task{once});
  run();
  EXPECT_EQ(log->futures.size(), 1U);
  ASSERT_EQ(log->refusals.size(), 1U);
  EXPECT_EQ(log->refusals[0], caf::sec::invalid_argument);
}

TEST_F(ScriptedFaceTest, StopsWhenTheLastTaskHasEndedAndTakesNoMore) {
  caf::anon_send(desk, subscribe{user()});
  std::optional<states> seen_inside;
  watched(prepare_call([&] {
    caf::anon_send(desk, stop_executor{});
    run();
    seen_inside = log->states;
  }));
  EXPECT_TRUE(log->executor_states.empty());
  context.pool->run_next();
  EXPECT_EQ(seen_inside, (states{future_state::executing, future_state::cancelling}));
  EXPECT_EQ(log->executor_states, std::vector{executor_state::stopping});
  ask(submit_task{prepare_call([] {})});
  run();
  EXPECT_EQ(log->executor_states, (std::vector{executor_state::stopping, executor_state::stopped}));
  ASSERT_EQ(log->refusals.size(), 1U);
  EXPECT_EQ(log->refusals[0], caf::sec::request_receiver_down);
}

TEST_F(ScriptedFaceTest, AnswersAShutdownWhenTheLastTaskHasEnded) {
  std::size_t answers_inside = 99;
  watched(prepare_call([&] {
    ask(shut_down{});
    run();
    answers_inside = log->shutdowns.size();
  }));
  context.pool->run_next();
  EXPECT_EQ(answers_inside, 0U);
  EXPECT_TRUE(log->shutdowns.empty());
  run();
  ASSERT_EQ(log->shutdowns.size(), 1U);
  EXPECT_TRUE(asked_for(log->shutdowns[0], true, 0));
}

TEST_F(ScriptedFaceTest, AnswersAShutdownWhenItsTimeIsUpAndStopsLater) {
  caf::anon_send(desk, subscribe{user()});
  watched(prepare_call([&] {
    ask(shut_down{std::chrono::seconds(3)});
    run();
    scheduler.advance_time(std::chrono::seconds(2));
    run();
    EXPECT_TRUE(log->shutdowns.empty());
    scheduler.advance_time(std::chrono::seconds(1));
    run();
    EXPECT_EQ(log->shutdowns.size(), 1U);
  }));
  context.pool->run_next();
  ASSERT_EQ(log->shutdowns.size(), 1U);
  EXPECT_TRUE(asked_for(log->shutdowns[0], false, 1));
  EXPECT_EQ(log->executor_states, std::vector{executor_state::stopping});
  run();
  EXPECT_EQ(log->executor_states, (std::vector{executor_state::stopping, executor_state::stopped}));
  EXPECT_EQ(log->shutdowns.size(), 1U);
}

TEST_F(ScriptedFaceTest, EndsByAnExitMessageWhenItsTasksHave) {
  let_user_monitor(desk);
  watched(prepare_call([&] {
    caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
    run();
    EXPECT_TRUE(log->ends.empty());
  }));
  context.pool->run_next();
  EXPECT_TRUE(log->ends.empty());
  run();
  EXPECT_EQ(log->states.back(), future_state::cancelled);
  EXPECT_EQ(log->ends.size(), 2U);  // The future's and the executor's.
}

TEST_F(ScriptedFaceTest, LeavesATaskThatIsStuckTwoSecondsAfterAnExitMessage) {
  let_user_monitor(desk);
  watched(prepare_call([&] {
    caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
    run();
    EXPECT_TRUE(log->ends.empty());
    scheduler.advance_time(std::chrono::seconds(2));
    run();
    // The future ends although its task goes on.
    EXPECT_EQ(log->states.back(), future_state::cancelled);
    EXPECT_EQ(log->ends.size(), 2U);
  }));
  context.pool->run_next();
  const auto before = log->states;
  run();
  EXPECT_EQ(log->states, before);
}

TEST_F(ScriptedFaceTest, EndsItsFuturesWhenItIsKilled) {
  let_user_monitor(desk);
  watched(prepare_call([] { return 1; }));
  caf::anon_send_exit(desk, caf::exit_reason::kill);
  run();
  EXPECT_EQ(log->states.back(), future_state::cancelled);
  EXPECT_EQ(log->ends.size(), 2U);
}

}  // namespace
}  // namespace offstage
