// Actors without a mailbox that hear of futures and executors: they work in the thread of whoever
// tells them, which is home, and may run its loop there.

#include <gtest/gtest.h>

#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/contract/guard.h"
#include "tests/face/scripted_face.h"
#include "tests/support/log_capture.h"

namespace offstage::testing {
namespace {

using contract::guard;

class inline_actor final : public caf::monitorable_actor {
 public:
  using call = std::function<void(const caf::type_erased_tuple&)>;

  inline_actor(caf::actor_config& config, call hears)
      : caf::monitorable_actor(config), hears_(std::move(hears)) {}

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    hears_(element->content());
  }

 private:
  const call hears_;
};

class InlineActorsTest : public scripted_face {
 protected:
  caf::actor make(inline_actor::call hears) {
    caf::actor_config config;
    return caf::make_actor<inline_actor, caf::actor>(system.next_actor_id(), system.node(), &system,
                                                     config, std::move(hears));
  }

  // Has `to` tell an actor that calls `hears` for each update.
  template <class Future>
  void tell(const Future& to, std::function<void(const future_update&)> hears) {
    const auto who = make([hears = std::move(hears)](const caf::type_erased_tuple& content) {
      if (content.match_elements<future_update>()) hears(content.get_as<future_update>(0));
    });
    caf::anon_send(actor_of(to), subscribe{who});
    take_a_turn();
  }

  void take_a_turn() {
    loop.run_until([] { return false; }, std::chrono::nanoseconds(0));
  }

  static bool says(const future_update& update, state_message_kind what) {
    return !update.words.empty() && update.kind() == what;
  }

  template <class Future>
  void run_to_the_end(const Future& future) {
    pool().run_next();
    ASSERT_TRUE(loop.run_until(future, guard));
  }

  manual_loop loop;
  executor plain{loop, context};
};

TEST_F(InlineActorsTest, LeaveTheOrderOfItemsToObserversAsItIs) {
  auto future = submit_iteration(plain, [] { return std::vector<int>{1, 2, 3}; });
  std::vector<int> seen;
  future.on_item([&](int item) { seen.push_back(item); });
  tell(future, [&, first = true](const future_update& update) mutable {
    if (!says(update, state_message_kind::generated) || !std::exchange(first, false)) return;
    EXPECT_TRUE(loop.run_until([&] { return seen.size() == 3; }, guard));
  });
  run_to_the_end(future);
  EXPECT_EQ(seen, (std::vector{1, 2, 3}));
}

TEST_F(InlineActorsTest, LoseNoItemIfTheEndComesWhileTheyHearOfIt) {
  auto future = submit_iteration(plain, [] { return std::vector<int>{1}; });
  std::vector<std::pair<int, future_state>> seen;
  future.on_item([&](int item) { seen.emplace_back(item, future.state()); });
  tell(future, [&](const future_update& update) {
    if (!says(update, state_message_kind::generated)) return;
    EXPECT_TRUE(loop.run_until(future, guard));
  });
  run_to_the_end(future);
  EXPECT_EQ(seen, (std::vector{std::pair{1, future_state::executing}}));
}

TEST_F(InlineActorsTest, KeepItemsFromObserversByACancel) {
  auto future = submit_iteration(plain, [] { return std::vector<int>{1, 2}; });
  std::vector<int> seen;
  future.on_item([&](int item) { seen.push_back(item); });
  tell(future, [&](const future_update& update) {
    if (says(update, state_message_kind::generated)) future.cancel();
  });
  run_to_the_end(future);
  EXPECT_TRUE(seen.empty());
}

TEST_F(InlineActorsTest, LeaveTheLastStepWithItsFuture) {
  auto future = submit_steps(plain, {.total = 2}, [](steps_reporter& report) {
    report.step("first");
    report.step("second");
    report.stop("end");
  });
  tell(future, [&](const future_update& update) {
    if (!says(update, state_message_kind::stepped)) return;
    EXPECT_TRUE(loop.run_until(future, guard));
  });
  run_to_the_end(future);
  EXPECT_EQ(future.complete(), 2U);
  EXPECT_EQ(future.message(), "end");
}

TEST_F(InlineActorsTest, HearOfChangesThatAreMadeWhileTheyHearOfTheFirst) {
  auto future = submit_call(plain, [] {});
  std::vector<future_state> heard;
  const auto who = make([&](const caf::type_erased_tuple& content) {
    heard.push_back(content.get_as<future_update>(0).state);
    if (heard.size() != 1) return;
    EXPECT_TRUE(loop.run_until(future, guard));
  });
  caf::anon_send(actor_of(future), subscribe{who});
  run_to_the_end(future);
  EXPECT_EQ(heard,
            (std::vector{future_state::waiting, future_state::executing, future_state::completed}));
}

TEST_F(InlineActorsTest, ThatThrowKeepNobodyFromHearing) {
  const log_capture log;
  const auto handle = actor_of(plain);
  const auto throws =
      make([](const caf::type_erased_tuple&) { throw std::runtime_error("no room"); });
  listener other(system);
  caf::anon_send(handle, subscribe{throws});
  caf::anon_send(handle, subscribe{other.handle()});
  auto waiting = ask<shutdown_result>(handle, shut_down{});
  ASSERT_TRUE(loop.run_until([&] { return waiting.answered(); }, guard));
  EXPECT_TRUE(plain.stopped());
  EXPECT_EQ(other.heard(), (words{"stopping", "stopped"}));
  EXPECT_EQ(log.count("no room"), 2);
}

TEST_F(InlineActorsTest, AnswerForAShutdownThoughTheHomeIsGone) {
  const log_capture log;
  auto home = std::make_unique<manual_loop>();
  auto user = std::make_unique<executor>(*home);
  const auto begun = user->context().make_event();
  const auto until = user->context().make_event();
  submit_call(*user, [begun, until] {
    begun.set();
    until.wait();
  });
  ASSERT_TRUE(begun.wait_for(guard));
  auto handle = actor_of(*user);
  asked<shutdown_result> waiting(system, handle, shut_down{});
  home->run_until([] { return false; }, std::chrono::nanoseconds(0));
  EXPECT_FALSE(waiting.answered());
  home = nullptr;
  std::thread([&] { user = nullptr; }).join();
  handle = nullptr;
  EXPECT_EQ(waiting.refusal(), caf::make_error(caf::sec::request_receiver_down));
  until.set();
}

}  // namespace
}  // namespace offstage::testing
