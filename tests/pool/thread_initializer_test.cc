// Initializers of threads.

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/offstage.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

thread_local int number_of_this_thread = 0;

// What the threads did, together.
struct record {
  std::mutex mutex;
  std::multiset<std::thread::id> initialized;

  std::size_t count() {
    std::lock_guard lock(mutex);
    return initialized.size();
  }
};

void give_number(record* all, int n) {
  number_of_this_thread += n;
  std::lock_guard lock(all->mutex);
  all->initialized.insert(std::this_thread::get_id());
}

void wait_until(event begun, event go) {
  begun.set();
  go.wait();
}

TEST(ThreadInitializerTest, RunsOnceInEachThreadBeforeItsFirstTask) {
  manual_loop loop;
  record all;
  executor user{loop, {.worker_count = 3, .initializer = initialize_with(give_number, &all, 7)}};
  const auto go = user.context().make_event();
  std::vector<event> begun;
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 3; ++i) {
    begun.push_back(user.context().make_event());
    futures.push_back(submit_call(user, wait_until, begun.back(), go));
  }
  for (const auto& each : begun) ASSERT_TRUE(each.wait_for(guard));
  EXPECT_EQ(all.count(), 3U);
  go.set();
  std::vector<call_future<int>> numbers;
  for (int i = 0; i < 100; ++i) {
    numbers.push_back(submit_call(user, [] { return number_of_this_thread; }));
  }
  for (const auto& each : numbers) {
    ASSERT_TRUE(loop.run_until(each, guard));
    EXPECT_EQ(each.result(), 7);
  }
  EXPECT_EQ(all.count(), 3U);
  EXPECT_EQ(std::set(all.initialized.begin(), all.initialized.end()).size(), 3U);
  EXPECT_EQ(all.initialized.count(std::this_thread::get_id()), 0U);
}

TEST(ThreadInitializerTest, RunsAgainInTheThreadsOfAnotherPool) {
  manual_loop loop;
  record all;
  for (int i = 1; i <= 3; ++i) {
    executor user{loop, {.worker_count = 1, .initializer = initialize_with(give_number, &all, 1)}};
    auto number = submit_call(user, [] { return number_of_this_thread; });
    ASSERT_TRUE(loop.run_until(number, guard));
    EXPECT_EQ(number.result(), 1);
  }
  EXPECT_EQ(all.count(), 3U);
}

TEST(ThreadInitializerTest, DoesNotRunWithoutATask) {
  manual_loop loop;
  record all;
  {
    executor user{loop, {.worker_count = 1, .initializer = initialize_with(give_number, &all, 1)}};
  }
  EXPECT_EQ(all.count(), 0U);
}

// Behaviour 94.
TEST(ThreadInitializerTest, BreaksItsPoolByAnException) {
  manual_loop loop;
  const testing::log_capture log(log_level::error);
  std::atomic<int> times{0};
  executor user{loop, {.worker_count = 2, .initializer = initialize_with([&times] {
                                            ++times;
                                            throw std::runtime_error("no licence");
                                          })}};
  std::atomic<int> ran{0};
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(submit_call(user, [&ran] { ++ran; }));
  for (const auto& each : futures) ASSERT_TRUE(loop.run_until(each, guard));
  futures.push_back(submit_call(user, [&ran] { ++ran; }));
  ASSERT_TRUE(loop.run_until(futures.back(), guard));
  for (const auto& each : futures) {
    ASSERT_EQ(each.state(), future_state::failed);
    EXPECT_EQ(each.failure().kind, failure_kind::infrastructure);
    EXPECT_EQ(each.failure().what,
              "no worker thread can be had: the initializer raised std::runtime_error: no licence");
  }
  EXPECT_EQ(ran, 0);
  EXPECT_LE(times, 2);
  EXPECT_GE(log.count("no licence"), 1);
  EXPECT_TRUE(user.shutdown(guard).stopped);
}

struct counted_value {
  std::atomic<int>* alive;
  explicit counted_value(std::atomic<int>* where) : alive(where) { ++*alive; }
  counted_value(const counted_value& other) : counted_value(other.alive) {}
  counted_value& operator=(const counted_value&) = delete;
  ~counted_value() { --*alive; }
};

TEST(ThreadInitializerTest, GivesEachCallArgumentsOfItsOwn) {
  manual_loop loop;
  std::atomic<int> alive{0};
  {
    executor user{loop,
                  {.worker_count = 2,
                   .initializer = initialize_with(
                       [](counted_value&& mine, std::string text) {
                         if (*mine.alive < 2 || text != "text") throw std::logic_error("shared");
                         text.clear();
                       },
                       counted_value(&alive), "text")}};
    EXPECT_GE(alive, 1);
    for (int i = 0; i < 20; ++i) {
      auto future = submit_call(user, [] {});
      ASSERT_TRUE(loop.run_until(future, guard));
      EXPECT_EQ(future.state(), future_state::completed);
    }
  }
  EXPECT_EQ(alive, 0);
}

TEST(ThreadInitializerTest, IsLetGoOnceItBrokeItsPool) {
  const testing::log_capture log(log_level::error);
  manual_loop loop;
  multithreading_context context;
  std::atomic<int> alive{0};
  auto pool =
      context.make_pool({.worker_count = 2,
                         .initializer = initialize_with(
                             [](const counted_value&) { throw std::runtime_error("no licence"); },
                             counted_value(&alive))});
  executor user{loop, {.context = &context, .pool = pool}};
  auto future = submit_call(user, [] {});
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.state(), future_state::failed);
  // The last copy goes with the call of it, which may still be returning.
  while (alive != 0) std::this_thread::yield();
}

TEST(ThreadInitializerTest, IsLetGoWithTheLastThreadIfTheFirstTaskWasCancelled) {
  manual_loop loop;
  multithreading_context context;
  std::atomic<int> alive{0};
  std::atomic<int> calls{0};
  auto pool =
      context.make_pool({.worker_count = 1,
                         .initializer = initialize_with([&calls](const counted_value&) { ++calls; },
                                                        counted_value(&alive))});
  executor user{loop, {.context = &context, .pool = pool}};
  // The flag alone, so that the task is not taken out of the queue.
  auto task = prepare_call([] { ADD_FAILURE(); });
  task.record->request_cancel();
  auto future = user.submit(std::move(task));
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.state(), future_state::failed);
  pool->close();
  while (alive != 0) std::this_thread::yield();
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace offstage
