// Many tasks, many executors, and observers that do everything at once.

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/offstage.h"

namespace offstage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds guard{120};

bool thorough() { return std::getenv("OFFSTAGE_LONG") != nullptr; }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int slow_down = 10;
#else
constexpr int slow_down = 1;
#endif

TEST(StressTest, GivesExactResultsForAMillionTasksOnFourWorkers) {
  const int count = 1'000'000 / slow_down;
  manual_loop loop;
  executor executor{loop, {.worker_count = 4}};
  int done = 0;
  int wrong = 0;
  long sum = 0;
  for (int i = 0; i < count; ++i) {
    submit_call(executor, [i] { return 3L * i + 1; }).on_done([&, i](const auto& future) {
      ++done;
      wrong += future.result() == 3L * i + 1 ? 0 : 1;
      sum += future.result();
    });
  }
  ASSERT_TRUE(loop.run_until([&] { return done == count; }, guard));
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(sum, 3L * count * (count - 1L) / 2 + count);
  EXPECT_EQ(executor.open_tasks(), 0U);
}

TEST(StressTest, KeepsSixtyFourExecutorsOnOneLoopApart) {
  constexpr int executors = 64;
  constexpr int tasks = 100;
  manual_loop loop;
  std::vector<std::unique_ptr<executor>> all;
  std::vector<std::vector<int>> results(executors);
  int done = 0;
  for (int e = 0; e < executors; ++e) {
    all.push_back(std::make_unique<executor>(loop, executor_options{.worker_count = 1}));
  }
  for (int t = 0; t < tasks; ++t) {
    for (int e = 0; e < executors; ++e) {
      submit_call(*all[e], [e, t] { return e * tasks + t; }).on_done([&, e](const auto& future) {
        results[e].push_back(future.result());
        ++done;
      });
    }
  }
  ASSERT_TRUE(loop.run_until([&] { return done == executors * tasks; }, guard));
  for (int e = 0; e < executors; ++e) {
    ASSERT_EQ(results[e].size(), static_cast<std::size_t>(tasks));
    // One worker each, so the results of one executor come in the order of submission.
    for (int t = 0; t < tasks; ++t) EXPECT_EQ(results[e][t], e * tasks + t);
  }
  for (auto& each : all) EXPECT_TRUE(each->shutdown(guard).stopped);
}

// What an observer may do, in one order of the permutations below.
enum class action { submit, cancel, stop, shutdown };

// When it does so.
enum class moment { future_state, future_cancellable, future_done, executor_state };

void act_in_observer(moment when, const std::array<action, 4>& order) {
  manual_loop loop;
  executor executor{loop, {.worker_count = 2}};
  std::vector<call_future<int>> futures;
  bool acted = false;
  const auto act = [&] {
    if (acted) return;
    acted = true;
    for (const auto each : order) {
      try {
        switch (each) {
          case action::submit:
            futures.push_back(submit_call(executor, [] { return 1; }));
            break;
          case action::cancel:
            for (const auto& future : futures) future.cancel();
            break;
          case action::stop:
            executor.stop();
            break;
          case action::shutdown:
            EXPECT_TRUE(executor.shutdown(guard).stopped);
            break;
        }
      } catch (const executor_not_running&) {
        EXPECT_FALSE(executor.running());
      }
    }
  };
  for (int i = 0; i < 4; ++i) futures.push_back(submit_call(executor, [] { return 2; }));
  switch (when) {
    case moment::future_state:
      futures[1].on_state([&](const auto&) { act(); });
      break;
    case moment::future_cancellable:
      futures[1].on_cancellable([&](const auto&) { act(); });
      break;
    case moment::future_done:
      futures[1].on_done([&](const auto&) { act(); });
      break;
    case moment::executor_state:
      executor.on_state([&](executor_state) { act(); });
      executor.stop();
      break;
  }
  ASSERT_TRUE(loop.run_until([&] { return acted; }, guard));
  ASSERT_TRUE(loop.run_until([&] { return executor.stopped(); }, guard));
  for (const auto& future : futures) EXPECT_TRUE(future.done());
  EXPECT_EQ(executor.open_tasks(), 0U);
}

TEST(StressTest, ObserversMaySubmitCancelStopAndShutDownInEveryOrder) {
  for (const auto when : {moment::future_state, moment::future_cancellable, moment::future_done,
                          moment::executor_state}) {
    std::array order{action::submit, action::cancel, action::stop, action::shutdown};
    do {
      act_in_observer(when, order);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(StressTest, AnswersAtOnceWhileAllWorkersAreStuck) {
  manual_loop loop;
  multithreading_context context;
  executor executor{loop, {.context = &context, .worker_count = 2}};
  const auto begun = std::array{context.make_event(), context.make_event()};
  const auto release = context.make_event();
  std::vector<call_future<void>> stuck;
  for (const auto& each : begun) {
    stuck.push_back(submit_call(
        executor,
        [](event mine, event until) {
          mine.set();
          until.wait();
        },
        each, release));
  }
  for (const auto& each : begun) ASSERT_TRUE(each.wait_for(guard));

  auto waiting = submit_call(executor, [] { return 1; });
  EXPECT_TRUE(waiting.cancel());
  EXPECT_EQ(waiting.state(), future_state::cancelling);
  ASSERT_TRUE(loop.run_until(waiting, guard));
  EXPECT_EQ(waiting.state(), future_state::cancelled);
  EXPECT_FALSE(release.is_set());

  auto left = submit_call(executor, [] { return 2; });
  executor.stop();
  EXPECT_EQ(executor.state(), executor_state::stopping);
  ASSERT_TRUE(loop.run_until(left, guard));
  EXPECT_EQ(left.state(), future_state::cancelled);

  const auto ended = executor.shutdown(milliseconds(20));
  EXPECT_FALSE(ended.stopped);
  EXPECT_EQ(ended.still_running, 2U);
  EXPECT_FALSE(executor.stopped());

  release.set();
  ASSERT_TRUE(loop.run_until([&] { return executor.stopped(); }, guard));
  for (const auto& each : stuck) EXPECT_EQ(each.state(), future_state::cancelled);
}

// Runs `body` in a thread with a small stack, which new threads have meanwhile, too.
void on_a_small_stack(const std::function<void()>& body) {
#if defined(__SANITIZE_THREAD__)
  constexpr std::size_t small = 1 << 20;  // ThreadSanitizer's own data lies there, too.
#else
  constexpr std::size_t small = 256 << 10;
#endif
  pthread_attr_t before;
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, small), 0);
  ASSERT_EQ(pthread_setattr_default_np(&attributes), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* argument) -> void* {
                  (*static_cast<const std::function<void()>*>(argument))();
                  return nullptr;
                },
                const_cast<std::function<void()>*>(&body)),
            0);
  pthread_join(thread, nullptr);
  pthread_setattr_default_np(&before);
  pthread_attr_destroy(&attributes);
  pthread_attr_destroy(&before);
}

TEST(StressTest, ChainsAMillionCompletionsOnASmallStack) {
  const int total = thorough() ? 1'000'000 : 1'000'000 / (4 * slow_down);
  on_a_small_stack([total] {
    manual_loop loop;
    executor executor{loop, {.worker_count = 2}};
    int submitted = 0;
    int done = 0;
    // Each completion submits the next call from within its observer.
    std::function<void()> next = [&] {
      if (submitted == total) return;
      ++submitted;
      submit_call(executor, [] {}).on_done([&](const auto&) {
        ++done;
        next();
      });
    };
    for (int chain = 0; chain < 16; ++chain) next();
    EXPECT_TRUE(loop.run_until([&] { return done == total; }, guard));
  });
}

TEST(StressTest, DropsAMillionWaitingTasksOnASmallStack) {
  const int total = 1'000'000 / slow_down;
  on_a_small_stack([total] {
    manual_loop loop;
    executor executor{loop, {.worker_count = 1}};
    const auto release = executor.context().make_event();
    submit_call(
        executor, [](event until) { until.wait(); }, release);
    int cancelled = 0;
    for (int i = 0; i < total; ++i) {
      submit_call(executor, [] {}).on_done([&](const auto& future) {
        cancelled += future.state() == future_state::cancelled ? 1 : 0;
      });
    }
    executor.stop();
    release.set();
    EXPECT_TRUE(executor.shutdown(guard).stopped);
    EXPECT_EQ(cancelled, total);
  });
}

}  // namespace
}  // namespace offstage
