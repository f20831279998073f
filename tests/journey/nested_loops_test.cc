// What observers do that run a loop of their own, or that make the next change, with real threads.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "actors/offstage.h"
#include "tests/contract/guard.h"

namespace offstage {
namespace {

using contract::guard;

class NestedLoopsTest : public ::testing::Test {
 protected:
  // Returns when the final message of everything that was submitted to `to` before has arrived,
  // without a turn of the loop: its one worker begins a task when the message of the one before has
  // been sent.
  void await_arrival(executor& to) {
    auto begun = std::make_shared<std::atomic<bool>>(false);
    submit_call(to, [begun] { *begun = true; });
    while (!*begun) std::this_thread::yield();
  }

  bool executing(const call_future<void>& future) {
    return loop.run_until([&] { return future.state() == future_state::executing; }, guard);
  }

  manual_loop loop;
  multithreading_context context;
  executor one{loop, {.context = &context, .worker_count = 1}};
  executor other{loop, {.context = &context, .worker_count = 1}};
  event go_one = context.make_event();
  event go_other = context.make_event();
};

TEST_F(NestedLoopsTest, DeliverWhatArrivedBeforeTheTurnThatTheyAreIn) {
  // A turn that its budget ends after each message, so that messages are left over from turns
  // before.
  loop.set_turn_budget(std::chrono::nanoseconds(1));
  auto waiting = submit_call(other, [go = go_other] { go.wait(); });
  ASSERT_TRUE(executing(waiting));
  auto short_one = submit_call(other, [] {});
  auto first = submit_call(one, [] {});
  await_arrival(one);
  bool delivered = false;
  first.on_state([&](const auto& now) {
    if (now.state() != future_state::executing) return;
    // The end of the task arrives while a message of another one is left over.
    go_other.set();
    await_arrival(other);
  });
  first.on_done([&](const auto&) { delivered = loop.run_until(short_one, guard); });
  ASSERT_TRUE(loop.run_until(first, guard));
  EXPECT_TRUE(delivered);
}

TEST_F(NestedLoopsTest, DeliverWhatHasArrivedInObserversOfExecutors) {
  auto stuck = submit_call(one, [go = go_one] { go.wait(); });
  auto awaited = submit_call(other, [go = go_other] { go.wait(); });
  ASSERT_TRUE(executing(stuck));
  ASSERT_TRUE(executing(awaited));
  bool delivered = false;
  one.on_stopped([&](executor_state) { delivered = loop.run_until(awaited, guard); });
  one.stop();
  go_one.set();
  go_other.set();
  await_arrival(other);
  ASSERT_TRUE(loop.run_until([&] { return one.stopped(); }, guard));
  EXPECT_TRUE(delivered);
}

TEST_F(NestedLoopsTest, TellTheOtherObserversOfTheSameEnd) {
  bool second = false;
  bool within = false;
  one.on_stopped([&] { within = loop.run_until([&] { return second; }, guard); });
  one.on_stopped([&] { second = true; });
  one.stop();
  ASSERT_TRUE(loop.run_until([&] { return second; }, guard));
  EXPECT_TRUE(within);
}

TEST_F(NestedLoopsTest, TellTheOtherObserversOfTheSameItem) {
  auto future = submit_iteration(one, [] { return std::vector<int>{1}; });
  bool second = false;
  bool within = false;
  future.on_item([&](int) { within = loop.run_until([&] { return second; }, guard); });
  future.on_item([&](int) { second = true; });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_TRUE(within);
}

TEST_F(NestedLoopsTest, DeliverWhatHasArrivedInConditionsOfOuterOnes) {
  auto quick = submit_call(one, [] {});
  await_arrival(one);
  // Asked between the two messages of the task.
  bool delivered = false;
  ASSERT_TRUE(loop.run_until(
      [&] {
        if (quick.state() == future_state::executing && !delivered) {
          delivered = loop.run_until(quick, guard);
        }
        return quick.done();
      },
      guard));
  EXPECT_TRUE(delivered);
}

TEST_F(NestedLoopsTest, DialogsOfSeveralObserversAreAllToldOfTheEnd) {
  auto quick = submit_call(one, [] {});
  int open = 0;
  int closed = 0;
  for (int i = 0; i < 3; ++i) {
    quick.on_state([&](const auto& now) {
      if (now.state() != future_state::executing) return;
      // The end arrives before the others hear of the begin.
      if (++open == 1) await_arrival(one);
      if (loop.run_until(now, guard)) ++closed;
    });
  }
  ASSERT_TRUE(loop.run_until(quick, guard));
  EXPECT_EQ(open, 3);
  EXPECT_EQ(closed, 3);
}

TEST_F(NestedLoopsTest, EachObserverHearsOfAllItemsInOrderAndBeforeTheEnd) {
  auto counting = submit_iteration(one, [] { return std::vector{1, 2, 3}; });
  std::string second;
  std::string third;
  int waited = 0;
  counting.on_item([&](int item) {
    if (item == 1) waited += loop.run_until([&] { return !second.empty(); }, guard);
    if (item == 2) waited += loop.run_until(counting, guard);
  });
  counting.on_item([&](const auto& now, int item) {
    EXPECT_EQ(now.state(), future_state::executing);
    second += std::to_string(item);
    if (item == 3) waited += loop.run_until(counting, guard);
  });
  counting.on_item([&](int item) { third += std::to_string(item); });
  counting.on_done([&] { second += " done"; });
  ASSERT_TRUE(loop.run_until(counting, guard));
  EXPECT_EQ(second, "123 done");
  EXPECT_EQ(third, "123");
  EXPECT_EQ(waited, 3);
}

TEST_F(NestedLoopsTest, ExecutorsTellEachObserverEachChangeOnceAndInOrder) {
  std::string second;
  int running = 0;
  int stopped = 0;
  auto open = submit_call(one, [go = go_one] { go.wait(); });
  ASSERT_TRUE(executing(open));
  one.on_state([&](executor_state now) {
    if (now != executor_state::stopping) return;
    go_one.set();
    EXPECT_TRUE(one.shutdown(guard).stopped);
  });
  one.on_state([&](executor_state now) { second += std::string(to_string(now)) + " "; });
  one.on_running([&](executor_state) { ++running; });
  one.on_stopped([&](executor_state) { ++stopped; });
  one.stop();
  EXPECT_EQ(second, "stopping stopped ");
  EXPECT_EQ(running, 1);
  EXPECT_EQ(stopped, 1);
}

TEST_F(NestedLoopsTest, AShutdownInAnObserverOfTheStopWaitsForCancelledTasks) {
  // The body goes on until it is cancelled.
  auto open = submit_call(one, [](std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  ASSERT_TRUE(loop.run_until([&] { return open.state() == future_state::executing; }, guard));
  bool stopped = false;
  one.on_state([&](executor_state now) {
    if (now == executor_state::stopping) stopped = one.shutdown(guard).stopped;
  });
  one.stop();
  EXPECT_TRUE(stopped);
}

TEST_F(NestedLoopsTest, ADialogInAnObserverOfTheStopIsToldOfTheEnd) {
  // Ends only when it is cancelled, and nobody has been told of that when the dialog opens.
  auto open = submit_call(one, [](std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  ASSERT_TRUE(loop.run_until([&] { return open.state() == future_state::executing; }, guard));
  std::string told;
  open.on_state([&](future_state now) { told += std::string(to_string(now)) + " "; });
  bool closed = false;
  one.on_state([&](executor_state now) {
    if (now != executor_state::stopping) return;
    EXPECT_EQ(open.state(), future_state::cancelling);
    EXPECT_EQ(told, "");
    // It shows while tasks end, and is closed by an observer of its own.
    one.on_stopped([&](executor_state) { closed = true; });
    EXPECT_TRUE(loop.run_until([&] { return closed; }, guard));
  });
  one.stop();
  EXPECT_TRUE(closed);
  EXPECT_EQ(told, "cancelling cancelled ");
}

}  // namespace
}  // namespace offstage
