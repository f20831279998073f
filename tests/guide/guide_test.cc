// What the pages of docs/guide quote: every snippet there is a part of this file or of an example.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "tests/support/log_capture.h"

namespace {

using namespace std::chrono_literals;

constexpr auto guard = 60s;

class GuideTest : public ::testing::Test {
 protected:
  void show(const std::string& text) { shown.push_back(text); }
  void show(int number) { shown.push_back(std::to_string(number)); }

  offstage::manual_loop loop;
  offstage::executor executor{loop, {.worker_count = 2}};
  std::vector<std::string> shown;
};

// --- tasks-and-futures.md

int slow_square(int n) { return n * n; }

std::string greeting(const std::string& name, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += "hello " + name + "\n";
  return out;
}

TEST_F(GuideTest, SubmitsWhateverCanBeCalled) {
  auto square = offstage::submit_call(executor, slow_square, 12);
  auto lambda = offstage::submit_call(
      executor, [](int a, int b) { return a + b; }, 1, 2);
  // A string literal is copied as a std::string, so it may come from anywhere.
  auto text = offstage::submit_call(executor, greeting, "Ada", 2);
  // What can only be moved is moved into the task.
  auto moved = offstage::submit_call(
      executor, [](std::unique_ptr<int> number) { return *number; }, std::make_unique<int>(7));
  ASSERT_TRUE(loop.run_until(square, guard));
  ASSERT_TRUE(loop.run_until(lambda, guard));
  ASSERT_TRUE(loop.run_until(text, guard));
  ASSERT_TRUE(loop.run_until(moved, guard));
  EXPECT_EQ(square.result(), 144);
  EXPECT_EQ(lambda.result(), 3);
  EXPECT_EQ(text.result(), "hello Ada\nhello Ada\n");
  EXPECT_EQ(moved.result(), 7);
}

TEST_F(GuideTest, ObservesATask) {
  auto future = offstage::submit_call(executor, slow_square, 12);
  future.on_state([this](const auto& future) { show(std::string(to_string(future.state()))); });
  future.on_result([this](const auto& future) { show(future.result()); });
  future.on_failure([this](const auto& future) { show(future.failure().summary()); });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(shown, (std::vector<std::string>{"executing", "completed", "144"}));
}

TEST_F(GuideTest, TellsWhyATaskFailed) {
  auto future = offstage::submit_call(executor, [] { throw std::out_of_range("no such row"); });
  ASSERT_TRUE(loop.run_until(future, guard));
  std::string original;
  try {
    future.result();
  } catch (const offstage::task_failed& failed) {
    try {
      std::rethrow_if_nested(failed);
    } catch (const std::out_of_range& error) {
      original = error.what();
    }
  }
  EXPECT_EQ(original, "no such row");
  EXPECT_EQ(future.failure().what, "no such row");
  EXPECT_EQ(future.failure().type, "std::out_of_range");
}

TEST_F(GuideTest, TakesAResultOnce) {
  auto future = offstage::submit_call(executor, [] { return std::make_unique<int>(5); });
  ASSERT_TRUE(loop.run_until(future, guard));
  const std::unique_ptr<int> mine = future.take_result();
  EXPECT_EQ(*mine, 5);
  EXPECT_THROW(future.result(), offstage::result_taken);
}

// --- cancelling.md

long count_primes(std::stop_token stop, long below) {
  long primes = 0;
  for (long n = 2; n < below && !stop.stop_requested(); ++n) {
    bool prime = true;
    for (long divisor = 2; prime && divisor * divisor <= n; ++divisor) prime = n % divisor != 0;
    primes += prime ? 1 : 0;
  }
  return primes;
}

void wait_until_stopped(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait(lock, stop, [] { return false; });
}

TEST_F(GuideTest, CancelsTasksThatLookAtTheirToken) {
  auto counting = offstage::submit_call(executor, count_primes, 1L << 40);
  auto waiting = offstage::submit_call(executor, wait_until_stopped);
  ASSERT_TRUE(loop.run_until(
      [&] {
        return counting.state() == offstage::future_state::executing &&
               waiting.state() == offstage::future_state::executing;
      },
      guard));
  EXPECT_TRUE(counting.cancel());
  EXPECT_FALSE(counting.cancel());
  waiting.cancel();
  ASSERT_TRUE(loop.run_until(counting, guard));
  ASSERT_TRUE(loop.run_until(waiting, guard));
  EXPECT_EQ(counting.state(), offstage::future_state::cancelled);
  EXPECT_THROW(counting.result(), offstage::task_cancelled);
}

TEST_F(GuideTest, WakesWhatWaitsForSomethingElse) {
  auto future = offstage::submit_call(
      executor,
      [](std::stop_token stop, offstage::event answered) {
        std::stop_callback give_up(stop, [answered] { answered.set(); });
        answered.wait();
        return stop.stop_requested();
      },
      executor.context().make_event());
  ASSERT_TRUE(
      loop.run_until([&] { return future.state() == offstage::future_state::executing; }, guard));
  future.cancel();
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
}

// --- progress-and-flow-control.md

offstage::generator<int, std::string> collatz(int n) {
  int steps = 0;
  for (; n != 1; ++steps) {
    co_yield n;
    n = n % 2 == 0 ? n / 2 : 3 * n + 1;
  }
  co_return std::to_string(steps) + " steps";
}

TEST_F(GuideTest, TellsEveryItemOfAnIteration) {
  auto future = offstage::submit_iteration(executor, collatz, 6);
  future.on_item([this](int n) { show(n); });
  future.on_result([this](const auto& future) { show(future.result()); });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(shown, (std::vector<std::string>{"6", "3", "10", "5", "16", "8", "4", "2", "8 steps"}));
}

struct copied {
  int files = 0;
  std::string name;
};

int copy_files(offstage::progress<copied>& report, const std::vector<std::string>& names) {
  copied now;
  for (const auto& name : names) {
    report({now.files, name});  // Throws task_cancelled after a cancel, which ends the copying.
    ++now.files;
  }
  return now.files;
}

TEST_F(GuideTest, TellsProgressOfAnyType) {
  auto future =
      offstage::submit_progress(executor, copy_files, std::vector<std::string>{"a", "b", "c"});
  future.on_progress([this](const copied& now) { show(now.name); });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.result(), 3);
  EXPECT_EQ(shown, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(GuideTest, TellsTheLatestValueOnly) {
  int last = -1;
  auto future = offstage::submit_progress(executor, {offstage::delivery::latest_value},
                                          [](offstage::progress<int>& report) {
                                            for (int i = 0; i < 100000; ++i) report(i);
                                          });
  future.on_progress([&](int now) { last = now; });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(last, 99999);
}

// --- executors-and-contexts.md

TEST_F(GuideTest, SharesAPoolBetweenExecutors) {
  offstage::multithreading_context context;
  auto pool = context.make_pool({.worker_count = 4});
  offstage::executor urgent{loop, {.context = &context, .pool = pool}};
  offstage::executor patient{loop, {.context = &context, .pool = pool}};
  auto one = offstage::submit_call(urgent, slow_square, 2);
  auto other = offstage::submit_call(patient, slow_square, 3);
  ASSERT_TRUE(loop.run_until(one, guard));
  ASSERT_TRUE(loop.run_until(other, guard));
  EXPECT_EQ(one.result() + other.result(), 13);
  EXPECT_THROW(context.close(), offstage::context_in_use);
}

TEST_F(GuideTest, EndsAnExecutorInTheOpen) {
  auto future = offstage::submit_call(executor, wait_until_stopped);
  const auto end = executor.shutdown(5s);
  if (!end.stopped) show(std::to_string(end.still_running) + " tasks did not end");
  EXPECT_TRUE(end.stopped);
  EXPECT_TRUE(shown.empty());
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
}

// --- threads-and-actors.md

TEST_F(GuideTest, RefusesCallsAwayFromHome) {
  auto future = offstage::submit_call(executor, slow_square, 3);
  std::string refusal;
  std::thread([&] {
    try {
      future.cancel();
    } catch (const offstage::wrong_sequence& error) {
      refusal = error.what();
    }
  }).join();
  EXPECT_NE(refusal.find("future::cancel"), std::string::npos) << refusal;
}

TEST_F(GuideTest, CallsHomeFromAnyThread) {
  bool called = false;
  std::thread([this, &called] {
    loop.call_soon([this, &called] { called = loop.at_home(); });
  }).join();
  EXPECT_FALSE(called);
  ASSERT_TRUE(loop.run_until([&] { return called; }, guard));
}

// --- testing.md

int sum_in_steps(offstage::steps_reporter& steps, const std::vector<int>& numbers) {
  int sum = 0;
  for (const int each : numbers) {
    steps.step("adding " + std::to_string(each));
    sum += each;
  }
  steps.stop("done");
  return sum;
}

TEST(GuideBodyTest, SumsInSteps) {
  offstage::null_steps_reporter nobody;
  EXPECT_EQ(sum_in_steps(nobody, {1, 2, 3}), 6);
}

// Stands for a part of a program that offers something to its user while a task runs.
class square_panel {
 public:
  explicit square_panel(offstage::executor& executor) : executor_(executor) {}

  void start(int n, offstage::event until) {
    running_ = offstage::submit_call(
        executor_,
        [](int number, offstage::event go) {
          go.wait();
          return number * number;
        },
        n, until);
    running_.on_result([this](const auto& future) { text_ = std::to_string(future.result()); });
    text_ = "working";
  }

  const std::string& text() const { return text_; }

 private:
  offstage::executor& executor_;
  offstage::call_future<int> running_;
  std::string text_;
};

TEST_F(GuideTest, TestsAPanelWhileItsTaskRuns) {
  square_panel panel(executor);
  const auto go = executor.context().make_event();
  panel.start(4, go);
  EXPECT_EQ(panel.text(), "working");
  go.set();
  ASSERT_TRUE(loop.run_until([&] { return panel.text() == "16"; }, guard));
}

}  // namespace
