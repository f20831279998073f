// The pool of threads: who is next, who runs it, and when it ends.

#include "actors/pool/thread_pool.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/offstage.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

std::string thread_name() {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

TEST(ThreadPoolTest, RunsTasksInTheOrderOfSubmission) {
  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
  std::vector<int> order;
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 200; ++i) {
    futures.push_back(submit_call(user, [&order, i] { order.push_back(i); }));
  }
  ASSERT_TRUE(loop.run_until(futures.back(), guard));
  ASSERT_EQ(order.size(), 200U);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(order[i], i);
}

TEST(ThreadPoolTest, RunsAsManyTasksAtOnceAsItHasWorkers) {
  manual_loop loop;
  executor user{loop, {.worker_count = 3}};
  const auto release = user.context().make_event();
  std::vector<event> begun;
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 4; ++i) {
    begun.push_back(user.context().make_event());
    futures.push_back(submit_call(
        user,
        [](event first, event until) {
          first.set();
          until.wait();
        },
        begun.back(), release));
  }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(begun[i].wait_for(guard));
  EXPECT_FALSE(begun[3].is_set());
  release.set();
  for (const auto& each : futures) ASSERT_TRUE(loop.run_until(each, guard));
}

TEST(ThreadPoolTest, RunsUserCodeOnCrewThreadsOnly) {
  manual_loop loop;
  executor user{loop, {.worker_count = 4}};
  std::vector<call_future<std::string>> futures;
  const auto home = std::this_thread::get_id();
  for (int i = 0; i < 500; ++i) {
    futures.push_back(submit_call(user, [home] {
      EXPECT_NE(std::this_thread::get_id(), home);
      return thread_name();
    }));
  }
  for (const auto& each : futures) {
    ASSERT_TRUE(loop.run_until(each, guard));
    EXPECT_EQ(each.result(), "offstage-crew");
  }
}

TEST(ThreadPoolTest, KeepsThePoolsOfTwoExecutorsOnTheirOwnThreads) {
  // A task that is submitted from an observer, and so from within a delivery, is run by the crew of
  // its own pool, never by the thread that told home.
  manual_loop loop;
  executor one{loop, {.worker_count = 1}};
  executor other{loop, {.worker_count = 1}};
  const auto id = [](executor& user, manual_loop& home) {
    auto future = submit_call(user, [] { return std::this_thread::get_id(); });
    EXPECT_TRUE(home.run_until(future, guard));
    return future.result();
  };
  const auto thread_of_one = id(one, loop);
  const auto thread_of_other = id(other, loop);
  EXPECT_NE(thread_of_one, thread_of_other);
  int checked = 0;
  for (int i = 0; i < 100; ++i) {
    submit_call(one, [] { return std::this_thread::get_id(); }).on_result([&](const auto& first) {
      EXPECT_EQ(first.result(), thread_of_one);
      submit_call(other, [] {
        return std::this_thread::get_id();
      }).on_result([&](const auto& second) {
        EXPECT_EQ(second.result(), thread_of_other);
        ++checked;
      });
    });
  }
  EXPECT_TRUE(loop.run_until([&] { return checked == 100; }, guard));
}

TEST(ThreadPoolTest, LosesNoTaskToACloseAtTheSameTime) {
  for (int round = 0; round < 100; ++round) {
    multithreading_context context;
    auto pool = context.make_pool({.worker_count = 2});
    std::atomic<bool> go{false};
    std::vector<std::thread> homes;
    for (int i = 0; i < 2; ++i) {
      homes.emplace_back([&] {
        manual_loop loop;
        executor user{loop, {.context = &context, .pool = pool}};
        while (!go) std::this_thread::yield();
        std::vector<call_future<int>> futures;
        try {
          for (int n = 0; n < 1000; ++n) futures.push_back(submit_call(user, [n] { return n; }));
        } catch (const pool_closed&) {
        }
        // What was taken is run.
        for (std::size_t n = 0; n < futures.size(); ++n) {
          ASSERT_TRUE(loop.run_until(futures[n], guard));
          ASSERT_EQ(futures[n].result(), static_cast<int>(n));
        }
      });
    }
    go = true;
    pool->close();
    for (auto& each : homes) each.join();
    EXPECT_TRUE(pool->closed());
  }
}

TEST(ThreadPoolTest, LogsWithoutALockSoThatASinkMaySubmit) {
  manual_loop loop;
  executor user{loop, {.worker_count = 2}};
  int records = 0;
  std::optional<call_future<int>> from_sink;
  const auto home = std::this_thread::get_id();
  set_log_level(log_level::debug);
  set_log_sink([&](const log_record& record) {
    if (record.room != log_room::pool || std::this_thread::get_id() != home) return;
    if (records++ == 0) from_sink = submit_call(user, [] { return 5; });
  });
  auto future = submit_call(user, [] { return 6; });
  EXPECT_GT(records, 0);
  set_log_sink(nullptr);
  set_log_level(log_level::warning);
  ASSERT_TRUE(loop.run_until(future, guard));
  ASSERT_TRUE(from_sink && loop.run_until(*from_sink, guard));
  EXPECT_EQ(from_sink->result(), 5);
}

TEST(ThreadPoolTest, DestroysTheResultOfACancelledTaskWhereItRan) {
  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
  const auto begun = user.context().make_event();
  const auto until = user.context().make_event();
  std::atomic<std::thread::id> destroyed{};
  std::atomic<std::thread::id> ran{};
  auto future = submit_call(user, [&] {
    ran = std::this_thread::get_id();
    begun.set();
    until.wait();
    return std::shared_ptr<int>(new int(5), [&](int* each) {
      destroyed = std::this_thread::get_id();
      delete each;
    });
  });
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_TRUE(future.cancel());
  std::thread::id when_done;
  future.on_done([&](const auto&) { when_done = destroyed; });
  until.set();
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(when_done, ran.load());
}

TEST(ThreadPoolTest, RunsWhatItHasTakenAfterAClose) {
  manual_loop loop;
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 1});
  executor user{loop, {.context = &context, .pool = pool}};
  const auto release = context.make_event();
  const auto begun = context.make_event();
  auto running = submit_call(
      user,
      [](event first, event until) {
        first.set();
        until.wait();
        return 1;
      },
      begun, release);
  auto waiting = submit_call(user, [] { return 2; });
  ASSERT_TRUE(begun.wait_for(guard));
  pool->close();
  EXPECT_THROW(submit_call(user, [] {}), pool_closed);
  release.set();
  ASSERT_TRUE(loop.run_until(waiting, guard));
  EXPECT_EQ(running.result(), 1);
  EXPECT_EQ(waiting.result(), 2);
}

}  // namespace
}  // namespace offstage
