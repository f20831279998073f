// home_rows: what an application sees whose home is a toolkit's own loop.
//
// Question: do executors and futures work in the toolkit's own way of running?
// Zone:     home.
//
// A `Home` is the toolkit's part of a test:
//
//   using loop_type              the loop under test
//   make_loop()                  one for this home
//   run(limit)                   runs the toolkit's loop in the toolkit's way, until `quit()`,
//   which
//                                ends the innermost run, or for `limit` at most
//   quit()
//   every(interval, function)    a timer of the toolkit's, for as long as the result lives
//   any_thread                   a home may be in another thread than the main one
//   nests                        `run` and `run_until` may be called within any of its callbacks
//   goes_on                      the toolkit's own events go on during `run_until`
//   outlived                     the loop may be destroyed after its home
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "tests/contract/guard.h"
#include "tests/support/log_capture.h"

namespace offstage::contract {

using std::chrono::milliseconds;

inline int twice(int n) { return 2 * n; }

inline void wait_for_event(event begun, event until) {
  begun.set();
  until.wait();
}

inline void wait_for_stop(std::stop_token stop, event begun) {
  begun.set();
  std::atomic<bool> stopped{false};
  std::stop_callback tell(stop, [&] {
    stopped = true;
    stopped.notify_all();
  });
  stopped.wait(false);
}

inline std::chrono::nanoseconds cpu_time_of_this_thread() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Reports numbers from 0 on until it is cancelled.
inline void flood(progress<int>& report) {
  for (int i = 0;; ++i) report(i);
}

template <class Home>
class HomeRows : public ::testing::Test {
 protected:
  using loop_type = typename Home::loop_type;

  template <class Thing>
  bool wait(const Thing& thing) {
    return loop->run_until(thing, guard);
  }

  /// Runs the toolkit's loop until somebody quits it; false if nobody does.
  bool run() {
    const auto before = std::chrono::steady_clock::now();
    home.run(guard);
    return std::chrono::steady_clock::now() - before < guard;
  }

  executor make_executor(int workers = 2) {
    return executor{*loop, {.context = &context, .worker_count = workers}};
  }

  Home home;
  std::unique_ptr<loop_type> loop = home.make_loop();
  multithreading_context context;
};

TYPED_TEST_SUITE_P(HomeRows);

TYPED_TEST_P(HomeRows, ResultsArriveInTheToolkitsOwnRun) {
  auto user = this->make_executor();
  auto future = submit_call(user, twice, 21);
  std::vector<future_state> states;
  future.on_state([&](const auto& of) { states.push_back(of.state()); });
  future.on_done([&](const auto&) { this->home.quit(); });
  ASSERT_TRUE(this->run());
  EXPECT_EQ(future.result(), 42);
  EXPECT_EQ(states, (std::vector{future_state::executing, future_state::completed}));
}

TYPED_TEST_P(HomeRows, ResultsOfProcessesArriveInTheToolkitsOwnRun) {
  multiprocessing_context processes;
  executor user{*this->loop, {.context = &processes, .worker_count = 1}};
  auto future = submit_call(user, twice, 21);
  future.on_done([&](const auto&) { this->home.quit(); });
  ASSERT_TRUE(this->run());
  EXPECT_EQ(future.result(), 42);
}

TYPED_TEST_P(HomeRows, WhatEndedBeforeTheToolkitRanIsDeliveredWhenItRuns) {
  auto user = this->make_executor(1);
  auto last = this->context.make_event();
  std::string seen;
  auto first = submit_call(user, twice, 1);
  first.on_state([&](const auto& of) { seen += std::string(to_string(of.state())) + " "; });
  auto second = submit_call(user, [last]() mutable { last.set(); });
  second.on_done([&](const auto&) {
    seen += "second";
    this->home.quit();
  });
  last.wait();
  EXPECT_EQ(seen, "");
  ASSERT_TRUE(this->run());
  EXPECT_EQ(seen, "executing completed second");
}

TYPED_TEST_P(HomeRows, ABusyHomeIsServedAfterwards) {
  auto user = this->make_executor();
  auto last = this->context.make_event();
  int done = 0;
  std::optional<call_future<void>> end;
  const auto timer = this->home.every(milliseconds(1), [&] {
    if (end) return;
    for (int i = 0; i < 1000; ++i) {
      submit_call(user, twice, i).on_done([&](const auto&) { ++done; });
    }
    end = submit_call(user, [last]() mutable { last.set(); });
    end->on_done([&](const auto&) { this->home.quit(); });
    // Home is stuck while a thousand tasks end.
    last.wait();
    EXPECT_EQ(done, 0);
  });
  ASSERT_TRUE(this->run());
  ASSERT_TRUE(this->wait([&] { return done == 1000; }));
}

TYPED_TEST_P(HomeRows, RunUntilWithinACallbackOfTheToolkit) {
  if (!TypeParam::nests) GTEST_SKIP() << "the toolkit's loop cannot be nested";
  auto user = this->make_executor();
  int result = 0;
  bool begun = false;
  const auto timer = this->home.every(milliseconds(1), [&] {
    if (std::exchange(begun, true)) return;
    auto future = submit_call(user, twice, 21);
    ASSERT_TRUE(this->wait(future));
    result = future.result();
    this->home.quit();
  });
  ASSERT_TRUE(this->run());
  EXPECT_EQ(result, 42);
}

TYPED_TEST_P(HomeRows, RunUntilWithinAnObserver) {
  auto user = this->make_executor();
  int result = 0;
  submit_call(user, twice, 1).on_result([&](const auto&) {
    auto inner = submit_call(user, twice, 21);
    ASSERT_TRUE(this->wait(inner));
    result = inner.result();
    this->home.quit();
  });
  ASSERT_TRUE(this->run());
  EXPECT_EQ(result, 42);
}

// What a modal dialog is to the loop.
TYPED_TEST_P(HomeRows, NestedRunsOfTheToolkitAreServed) {
  if (!TypeParam::nests) GTEST_SKIP() << "the toolkit's loop cannot be nested";
  auto user = this->make_executor();
  std::string order;
  auto other = submit_call(user, twice, 1);
  submit_call(user, twice, 2).on_result([&](const auto&) {
    submit_call(user, twice, 3).on_result([&](const auto&) {
      order += "inner ";
      this->home.quit();
    });
    EXPECT_TRUE(this->run());
    order += "outer";
    EXPECT_TRUE(this->wait(other));
    this->home.quit();
  });
  ASSERT_TRUE(this->run());
  EXPECT_EQ(order, "inner outer");
}

// A condition that opens a modal dialog.
TYPED_TEST_P(HomeRows, NestedRunsOfTheToolkitInAConditionAreServed) {
  if (!TypeParam::nests) GTEST_SKIP() << "the toolkit's loop cannot be nested";
  auto user = this->make_executor(1);
  auto last = this->context.make_event();
  auto first = submit_call(user, twice, 1);
  auto second = submit_call(user, twice, 2);
  submit_call(user, [last]() mutable { last.set(); });
  last.wait();
  // Both have arrived, so the first turn delivers both.
  bool nested = false;
  second.on_done([&](const auto&) { this->home.quit(); });
  EXPECT_TRUE(this->wait([&] {
    // The nested run asks it, too.
    if (!first.done() || std::exchange(nested, true)) return second.done();
    EXPECT_TRUE(this->run());
    return true;
  }));
  EXPECT_TRUE(second.done());
}

TYPED_TEST_P(HomeRows, TheToolkitGoesOnDuringRunUntil) {
  if (!TypeParam::goes_on) GTEST_SKIP() << "run_until knows nothing of the toolkit's events";
  auto user = this->make_executor(1);
  auto begun = this->context.make_event();
  auto until = this->context.make_event();
  auto future = submit_call(user, wait_for_event, begun, until);
  int ticks = 0;
  const auto timer = this->home.every(milliseconds(1), [&] {
    // Only the toolkit's own timer ends the task.
    if (++ticks == 5) until.set();
  });
  ASSERT_TRUE(this->wait(future));
  EXPECT_GE(ticks, 5);
  // A condition that the toolkit's own events make true is seen, too.
  const int before = ticks;
  ASSERT_TRUE(this->wait([&] { return ticks > before + 2; }));
}

TYPED_TEST_P(HomeRows, ManyMessagesAreOneWakeUp) {
  auto user = this->make_executor(1);
  constexpr int many = 900;
  auto future = submit_progress(user, [](progress<int>& report) {
    for (int i = 0; i < many; ++i) report(i);
  });
  int told = 0;
  future.on_progress([&](const auto&, const int&) { ++told; });
  auto last = this->context.make_event();
  auto end = submit_call(user, [last]() mutable { last.set(); });
  end.on_done([&](const auto&) { this->home.quit(); });
  last.wait();
  this->loop->set_turn_budget(std::chrono::seconds(10));
  rusage before;
  rusage after;
  getrusage(RUSAGE_THREAD, &before);
  ASSERT_TRUE(this->run());
  getrusage(RUSAGE_THREAD, &after);
  EXPECT_EQ(told, many);
  // The last messages may come while the loop runs.
  EXPECT_LT(after.ru_nvcsw - before.ru_nvcsw, 20);
}

TYPED_TEST_P(HomeRows, TimersGoOnInAFlood) {
  for (const int executors : {1, 16}) {
    int ticks = 0;
    const auto timer = this->home.every(milliseconds(1), [&] { ++ticks; });
    std::vector<std::unique_ptr<executor>> users;
    std::vector<progress_future<int, void>> futures;
    std::vector<int> next(executors);
    bool in_order = true;
    for (int i = 0; i < executors; ++i) {
      users.push_back(std::make_unique<executor>(
          *this->loop, executor_options{.context = &this->context, .worker_count = 1}));
      futures.push_back(submit_progress(*users.back(), flood));
      futures.back().on_progress([&, i](const auto&, const int& number) {
        in_order = in_order && number == next[i];
        next[i] = number + 1;
      });
    }
    const auto before = cpu_time_of_this_thread();
    this->home.run(milliseconds(300));
    // In its own time, so that other programs make no difference: without turns of bounded length
    // there would be next to no ticks.
    const auto spent = cpu_time_of_this_thread() - before;
    EXPECT_GE(ticks, spent / milliseconds(10)) << executors << " executors";
    for (auto& each : futures) each.cancel();
    for (auto& each : futures) ASSERT_TRUE(this->wait(each));
    EXPECT_TRUE(in_order);
    for (int i = 0; i < executors; ++i) EXPECT_GT(next[i], 0) << i;
  }
}

TYPED_TEST_P(HomeRows, AnIdleExecutorWakesNobody) {
  const auto switches = [&] {
    rusage before;
    rusage after;
    getrusage(RUSAGE_THREAD, &before);
    this->home.run(milliseconds(300));
    getrusage(RUSAGE_THREAD, &after);
    return after.ru_nvcsw - before.ru_nvcsw;
  };
  auto user = this->make_executor();
  const auto without_tasks = switches();
  ASSERT_TRUE(this->wait(submit_call(user, twice, 1)));
  EXPECT_LE(switches(), without_tasks + 5);
}

// Defect D5: a loop that is gone disturbs no worker, and shutting down drains by hand.
TYPED_TEST_P(HomeRows, TasksEndThoughTheLoopIsGone) {
  testing::log_capture log;
  auto user = this->make_executor(1);
  auto begun = this->context.make_event();
  auto until = this->context.make_event();
  auto running = submit_call(user, wait_for_event, begun, until);
  auto waiting = submit_call(user, twice, 1);
  begun.wait();
  this->loop = nullptr;
  until.set();
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_EQ(running.state(), future_state::cancelled);
  EXPECT_EQ(waiting.state(), future_state::cancelled);
  EXPECT_EQ(log.count("error"), 0);
}

// Defect D14: home is the sequence of the loop, whichever thread that is.
TYPED_TEST_P(HomeRows, ALoopOfAnotherThread) {
  if (!TypeParam::any_thread) GTEST_SKIP() << "the toolkit runs in the main thread only";
  std::thread([] {
    TypeParam home;
    auto loop = home.make_loop();
    executor user{*loop};
    auto future = submit_call(user, twice, 21);
    std::thread::id told;
    future.on_done([&](const auto&) {
      told = std::this_thread::get_id();
      home.quit();
    });
    home.run(guard);
    EXPECT_EQ(told, std::this_thread::get_id());
    EXPECT_EQ(future.result(), 42);
    auto other = submit_call(user, twice, 1);
    EXPECT_TRUE(loop->run_until(other, guard));
  }).join();
}

TYPED_TEST_P(HomeRows, TwoLoopsInTwoThreads) {
  if (!TypeParam::any_thread) GTEST_SKIP() << "the toolkit runs in the main thread only";
  const auto work = [] {
    TypeParam home;
    auto loop = home.make_loop();
    executor user{*loop};
    int sum = 0;
    for (int i = 0; i < 200; ++i)
      submit_call(user, twice, i).on_result([&](const auto& of) { sum += of.result(); });
    auto last = submit_call(user, twice, 0);
    EXPECT_TRUE(loop->run_until([&] { return sum == 199 * 200; }, guard));
  };
  std::thread one(work);
  std::thread other(work);
  one.join();
  other.join();
}

TYPED_TEST_P(HomeRows, DestructionInEveryOrder) {
  enum part { the_loop, the_executor, the_future, the_context, the_home };
  std::vector<part> order{the_loop, the_executor, the_future, the_context, the_home};
  do {
    const auto place = [&](part which) { return std::find(order.begin(), order.end(), which); };
    // A context ends its executors, so both orders are fine; homes go last where the toolkit
    // says so.
    if (!TypeParam::outlived && place(the_home) < place(the_loop)) continue;
    auto home = std::make_unique<TypeParam>();
    auto loop = home->make_loop();
    auto context = std::make_unique<multithreading_context>();
    auto begun = context->make_event();
    std::optional<executor> user{std::in_place, *loop,
                                 executor_options{.context = context.get(), .worker_count = 1}};
    std::optional future(submit_call(*user, wait_for_stop, begun));
    submit_call(*user, twice, 1);
    begun.wait();
    for (const auto each : order) {
      switch (each) {
        case the_loop:
          loop = nullptr;
          break;
        case the_executor:
          user.reset();
          break;
        case the_future:
          future.reset();
          break;
        case the_context:
          context = nullptr;
          break;
        case the_home:
          home = nullptr;
          break;
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TYPED_TEST_P(HomeRows, MayBeDestroyedByACallOfItsOwn) {
  int called = 0;
  this->loop->call_soon([&] {
    ++called;
    this->loop = nullptr;
  });
  this->loop->call_soon([&] { ++called; });
  this->home.run(milliseconds(20));
  EXPECT_EQ(this->loop, nullptr);
  EXPECT_EQ(called, 1);
}

TYPED_TEST_P(HomeRows, QuittingWhileTasksRun) {
  auto begun = this->context.make_event();
  int told = 0;
  {
    auto user = this->make_executor();
    auto future = submit_call(user, wait_for_stop, begun);
    future.on_state([&](const auto& of) {
      ++told;
      if (of.state() == future_state::executing) this->home.quit();
    });
    ASSERT_TRUE(this->run());
    EXPECT_EQ(told, 1);
    // The executor's end cancels the task, and observers see that.
  }
  EXPECT_EQ(told, 3);
}

REGISTER_TYPED_TEST_SUITE_P(
    HomeRows, ResultsArriveInTheToolkitsOwnRun, ResultsOfProcessesArriveInTheToolkitsOwnRun,
    WhatEndedBeforeTheToolkitRanIsDeliveredWhenItRuns, ABusyHomeIsServedAfterwards,
    RunUntilWithinACallbackOfTheToolkit, RunUntilWithinAnObserver, NestedRunsOfTheToolkitAreServed,
    NestedRunsOfTheToolkitInAConditionAreServed, TheToolkitGoesOnDuringRunUntil,
    ManyMessagesAreOneWakeUp, TimersGoOnInAFlood, AnIdleExecutorWakesNobody,
    TasksEndThoughTheLoopIsGone, ALoopOfAnotherThread, TwoLoopsInTwoThreads,
    DestructionInEveryOrder, MayBeDestroyedByACallOfItsOwn, QuittingWhileTasksRun);

}  // namespace offstage::contract
