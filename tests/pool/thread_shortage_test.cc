// Threads that the system does not grant: the first one, the n-th one, all but some, those beside
// the workers.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "tests/support/log_capture.h"
#include "tests/support/thread_refusal.h"

namespace offstage {
namespace {

using testing::thread_refusal;
using testing::threads_asked_for;

constexpr std::chrono::seconds guard{60};

// Tasks that wait for each other, so that all must run at once.
void expect_at_once(executor& user, manual_loop& loop, int count) {
  const auto release = user.context().make_event();
  std::vector<event> begun;
  std::vector<call_future<void>> futures;
  for (int i = 0; i < count; ++i) {
    begun.push_back(user.context().make_event());
    futures.push_back(submit_call(
        user,
        [](event mine, event until) {
          mine.set();
          until.wait();
        },
        begun.back(), release));
  }
  for (const auto& each : begun) ASSERT_TRUE(each.wait_for(guard));
  release.set();
  for (const auto& each : futures) ASSERT_TRUE(loop.run_until(each, guard));
}

TEST(ThreadShortageTest, RefusesTheSubmissionOnlyWhereThereIsNoThreadAtAll) {
  for (const int workers : {1, 2, 3, 16, 17, 64}) {
    manual_loop loop;
    executor user{loop, {.worker_count = workers}};
    {
      const thread_refusal full;
      EXPECT_THROW(submit_call(user, [] {}), std::system_error);
      EXPECT_EQ(user.open_tasks(), 0U);
      EXPECT_EQ(full.refused(), 1);
    }
    // The executor is as before.
    expect_at_once(user, loop, workers);
  }
}

TEST(ThreadShortageTest, RunsAllTasksWithTheThreadsItCanHave) {
  constexpr int workers = 12;
  for (int granted = 1; granted < workers; ++granted) {
    const testing::log_capture log;
    manual_loop loop;
    executor user{loop, {.worker_count = workers}};
    {
      const thread_refusal full({.first = granted + 1});
      expect_at_once(user, loop, granted);
      const auto release = user.context().make_event();
      std::atomic<int> running{0};
      std::atomic<int> most{0};
      std::vector<call_future<int>> futures;
      for (int i = 0; i < 3 * workers; ++i) {
        futures.push_back(submit_call(user, [&running, &most, release, i] {
          const int now = ++running;
          for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          release.wait();
          --running;
          return i;
        }));
      }
      EXPECT_EQ(user.open_tasks(), 3U * workers);
      release.set();
      for (int i = 0; i < 3 * workers; ++i) {
        ASSERT_TRUE(loop.run_until(futures[i], guard));
        EXPECT_EQ(futures[i].result(), i);
      }
      EXPECT_LE(most, granted);
      EXPECT_GT(full.refused(), 0);
      EXPECT_EQ(log.count("no other can be had now"), 1);
    }
    // Once the system has threads again, so has the pool.
    expect_at_once(user, loop, workers);
  }
}

TEST(ThreadShortageTest, AsksAgainWhenAWorkerIsFree) {
  manual_loop loop;
  executor user{loop, {.worker_count = 2}};
  const auto first_begun = user.context().make_event();
  const auto release_first = user.context().make_event();
  const auto begin_and_wait = [](event mine, event until) {
    mine.set();
    until.wait();
  };
  auto first = submit_call(user, begin_and_wait, first_begun, release_first);
  ASSERT_TRUE(first_begun.wait_for(guard));
  // Two wait for each other, and nobody submits any more.
  const auto one = user.context().make_event();
  const auto other = user.context().make_event();
  std::optional<thread_refusal> full(std::in_place);
  auto left = submit_call(user, begin_and_wait, one, other);
  auto right = submit_call(user, begin_and_wait, other, one);
  EXPECT_EQ(full->refused(), 2);
  full.reset();
  release_first.set();
  ASSERT_TRUE(loop.run_until(left, guard));
  ASSERT_TRUE(loop.run_until(right, guard));
}

TEST(ThreadShortageTest, StartsOneThreadForOneTaskOfAnyPool) {
  manual_loop loop;
  executor user{loop, {.worker_count = 256}};
  const int before = threads_asked_for();
  for (int i = 0; i < 10; ++i) {
    auto future = submit_call(user, [i] { return i; });
    ASSERT_TRUE(loop.run_until(future, guard));
  }
  // A thread is idle a moment after the end of its task.
  EXPECT_LE(threads_asked_for() - before, 10);
  EXPECT_GE(threads_asked_for() - before, 1);
  const int running = threads_asked_for();
  user.stop();
  EXPECT_TRUE(user.stopped());
  EXPECT_EQ(threads_asked_for(), running);
}

TEST(ThreadShortageTest, StopsATaskWithoutAThreadForThat) {
  const testing::log_capture log;
  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
  const auto begun = user.context().make_event();
  const auto stopped = user.context().make_event();
  std::optional<std::thread::id> where;
  auto future = submit_call(user, [&](std::stop_token token) {
    std::stop_callback callback(token, [&] {
      where = std::this_thread::get_id();
      stopped.set();
    });
    begun.set();
    stopped.wait();
  });
  ASSERT_TRUE(begun.wait_for(guard));
  {
    const thread_refusal full;
    EXPECT_TRUE(future.cancel());
    EXPECT_EQ(full.refused(), 1);
  }
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.state(), future_state::cancelled);
  EXPECT_EQ(where, std::this_thread::get_id());
  EXPECT_EQ(log.count("no side thread can be had"), 1);
}

// Says where it was destroyed.
class tracer {
 public:
  explicit tracer(std::optional<std::thread::id>& where) : where_(&where) {}
  tracer(tracer&& other) noexcept : where_(std::exchange(other.where_, nullptr)) {}
  ~tracer() {
    if (where_ != nullptr) *where_ = std::this_thread::get_id();
  }

 private:
  std::optional<std::thread::id>* where_;
};

TEST(ThreadShortageTest, DestroysACancelledTaskAtHomeOnlyWithoutAThreadForThat) {
  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
  const auto begun = user.context().make_event();
  const auto release = user.context().make_event();
  auto busy = submit_call(
      user,
      [](event mine, event until) {
        mine.set();
        until.wait();
      },
      begun, release);
  ASSERT_TRUE(begun.wait_for(guard));
  std::optional<std::thread::id> where;
  {
    const thread_refusal full;
    auto waiting = submit_call(
        user, [](const tracer&) {}, tracer(where));
    EXPECT_TRUE(waiting.cancel());
    EXPECT_EQ(where, std::this_thread::get_id());
    ASSERT_TRUE(loop.run_until(waiting, guard));
  }
  where.reset();
  auto waiting = submit_call(
      user, [](const tracer&) {}, tracer(where));
  EXPECT_TRUE(waiting.cancel());
  // Before the end is told, and while no worker is free.
  ASSERT_TRUE(loop.run_until(waiting, guard));
  ASSERT_TRUE(where.has_value());
  EXPECT_NE(where, std::this_thread::get_id());
  release.set();
  ASSERT_TRUE(loop.run_until(busy, guard));
}

// Does not return from its destructor before it is let go.
struct stuck_value {
  std::optional<event> begun;
  std::optional<event> until;

  stuck_value(event first, event last) : begun(std::move(first)), until(std::move(last)) {}
  stuck_value(stuck_value&& other) noexcept
      : begun(std::exchange(other.begun, std::nullopt)),
        until(std::exchange(other.until, std::nullopt)) {}
  stuck_value& operator=(stuck_value&&) = delete;
  ~stuck_value() {
    if (!until) return;
    begun->set();
    until->wait_for(guard);
  }
};

TEST(CancelledTaskTest, EndsThoughTheDestructorOfAnotherOneDoesNotReturn) {
  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
  const auto make_event = [&] { return user.context().make_event(); };
  const auto begun = make_event();
  const auto release = make_event();
  auto busy = submit_call(user, [begun, release] {
    begun.set();
    release.wait();
  });
  ASSERT_TRUE(begun.wait_for(guard));
  const auto until = make_event();
  std::vector<call_future<void>> stuck;
  for (int i = 0; i < 3; ++i) {
    const auto in_destructor = make_event();
    stuck.push_back(submit_call(
        user, [](const stuck_value&) {}, stuck_value(in_destructor, until)));
    stuck.back().cancel();
    ASSERT_TRUE(in_destructor.wait_for(guard));
    auto other = submit_call(
        user, [](const std::string&) {}, std::string("a value"));
    other.cancel();
    ASSERT_TRUE(loop.run_until(other, guard));
  }
  for (const auto& each : stuck) EXPECT_FALSE(each.done());
  until.set();
  for (const auto& each : stuck) ASSERT_TRUE(loop.run_until(each, guard));
  release.set();
  ASSERT_TRUE(loop.run_until(busy, guard));
}

// Whichever thread is missing, nothing aborts, every future ends, and afterwards all is well.
TEST(ThreadShortageTest, SurvivesTheLackOfAnyThreadInTurn) {
  const testing::log_capture log(log_level::off);
  for (int missing = 1; missing <= 6; ++missing) {
    for (const int count : {1, thread_refusal::all}) {
      manual_loop loop;
      auto full =
          std::make_unique<thread_refusal>(thread_refusal::which{.first = missing, .count = count});
      std::optional<executor> user;
      std::vector<call_future<void>> futures;
      try {
        user.emplace(loop, executor_options{.worker_count = 3});
        for (int i = 0; i < 6; ++i) {
          futures.push_back(
              submit_call(*user, [kept = std::make_unique<int>(i)](std::stop_token token) {
                std::atomic<bool> stopped{false};
                std::stop_callback callback(token, [&] {
                  stopped = true;
                  stopped.notify_one();
                });
                stopped.wait(false);
              }));
        }
      } catch (const std::system_error&) {
        EXPECT_LE(futures.size(), 0U);
      }
      for (const auto& each : futures) each.cancel();
      for (const auto& each : futures) {
        ASSERT_TRUE(loop.run_until(each, guard)) << missing << ' ' << count;
        EXPECT_EQ(each.state(), future_state::cancelled);
      }
      full.reset();
      if (!user) user.emplace(loop, executor_options{.worker_count = 3});
      expect_at_once(*user, loop, 3);
    }
  }
}

}  // namespace
}  // namespace offstage
