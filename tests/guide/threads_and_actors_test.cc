// What docs/guide/threads-and-actors.md quotes.

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "actors/offstage.h"

namespace {

constexpr std::chrono::seconds limit{60};

int square(int n) { return n * n; }

class ThreadsAndActorsTest : public ::testing::Test {
 protected:
  offstage::manual_loop loop;
  offstage::multithreading_context context;
  offstage::executor executor{loop, {.context = &context, .worker_count = 2}};
};

TEST_F(ThreadsAndActorsTest, RefusesCallsFromElsewhere) {
  auto future = offstage::submit_call(executor, [&] { executor.stop(); });
  loop.run_until(future);
  EXPECT_EQ(future.failure().type, "offstage::wrong_sequence");
  EXPECT_TRUE(executor.running());
}

TEST_F(ThreadsAndActorsTest, BringsAFunctionHome) {
  int shown = 0;
  std::thread other([&] {
    const int found = square(12);
    loop.call_soon([&shown, found] { shown = found; });
  });
  EXPECT_TRUE(loop.run_until([&] { return shown != 0; }, limit));
  other.join();
  EXPECT_EQ(shown, 144);
}

TEST_F(ThreadsAndActorsTest, NeedsNoLockInObservers) {
  int sum = 0;
  int open = 100;
  for (int n = 0; n < 100; ++n) {
    auto future = offstage::submit_call(executor, square, n);
    future.on_result([&](const auto& done) { sum += done.result(); });
    future.on_done([&](const auto&) { --open; });
  }
  loop.run_until([&] { return open == 0; });
  EXPECT_EQ(sum, 328350);
}

TEST_F(ThreadsAndActorsTest, RunsALoopFromWithinAnObserver) {
  int shown = 0;
  auto first = offstage::submit_call(executor, square, 3);
  first.on_result([&](const auto& done) {
    auto second = offstage::submit_call(executor, square, done.result());
    loop.run_until(second);  // Other observers may be called in here.
    shown = second.result();
  });
  loop.run_until(first);
  EXPECT_EQ(shown, 81);
}

TEST_F(ThreadsAndActorsTest, SharesEventsBetweenHomeAndTasks) {
  const auto ready = context.make_event();
  std::vector<int> numbers;
  auto future = offstage::submit_call(executor, [ready, &numbers] {
    ready.wait();
    return numbers.size();  // Written before ready.set(), so visible here.
  });
  numbers = {1, 2, 3};
  ready.set();
  loop.run_until(future);
  EXPECT_EQ(future.result(), 3U);
}

TEST(HomeTest, IsTheThreadThatMakesTheLoop) {
  int result = 0;
  std::thread second_home([&] {
    offstage::manual_loop loop;  // This thread is home of this loop.
    offstage::executor executor{loop};
    auto future = offstage::submit_call(executor, square, 12);
    loop.run_until(future);
    result = future.result();
  });
  second_home.join();
  EXPECT_EQ(result, 144);
}

TEST(HomeTest, RunsUntilQuit) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  auto future = offstage::submit_call(executor, square, 12);
  future.on_done([&](const auto&) { loop.quit(); });
  loop.run();
  EXPECT_EQ(future.result(), 144);
}

TEST(HomeTest, WaitsNoLongerThanTheLimit) {
  offstage::manual_loop loop;
  EXPECT_FALSE(loop.run_until([] { return false; }, std::chrono::milliseconds(10)));
}

}  // namespace
