// What docs/guide/executors-and-contexts.md quotes.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/offstage.h"

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds limit{60};

int square(int n) { return n * n; }

TEST(ExecutorsAndContextsTest, MakesWhatItIsNotGiven) {
  offstage::manual_loop loop;
  offstage::executor one_per_cpu{loop};
  offstage::executor two_at_once{loop, {.worker_count = 2}};
  EXPECT_EQ(two_at_once.pool()->worker_count(), 2U);
  EXPECT_NE(&one_per_cpu.context(), &two_at_once.context());
}

TEST(ExecutorsAndContextsTest, SharesAContextAndAPool) {
  offstage::manual_loop loop;
  offstage::multithreading_context context;
  auto pool = context.make_pool({.worker_count = 2});
  offstage::executor reading{loop, {.pool = pool}};
  offstage::executor writing{loop, {.pool = pool}};
  EXPECT_EQ(&reading.context(), &context);
  auto read = offstage::submit_call(reading, square, 2);
  auto written = offstage::submit_call(writing, square, 3);
  ASSERT_TRUE(loop.run_until(read, limit) && loop.run_until(written, limit));
  reading.stop();
  EXPECT_TRUE(reading.stopped());
  EXPECT_FALSE(pool->closed());
  EXPECT_TRUE(writing.running());
  pool->close();
  EXPECT_THROW(offstage::submit_call(writing, square, 4), offstage::pool_closed);
}

TEST(ExecutorsAndContextsTest, StopsWithoutWaiting) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  auto future = offstage::submit_call(executor, square, 12);
  std::vector<std::string> told;
  executor.on_state([&](offstage::executor_state now) { told.emplace_back(to_string(now)); });
  executor.stop();
  EXPECT_EQ(executor.state(), offstage::executor_state::stopping);
  EXPECT_THROW(offstage::submit_call(executor, square, 13), offstage::executor_not_running);
  loop.run_until([&] { return executor.stopped(); });
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
  EXPECT_EQ(told, (std::vector<std::string>{"stopping", "stopped"}));
}

TEST(ExecutorsAndContextsTest, SaysHowManyTasksStillRun) {
  offstage::manual_loop loop;
  offstage::multithreading_context context;
  offstage::executor executor{loop, context};
  const auto begun = context.make_event();
  const auto go_on = context.make_event();
  auto future = offstage::submit_call(executor, [=] {
    begun.set();
    go_on.wait();
  });
  begun.wait();
  auto end = executor.shutdown(10ms);
  EXPECT_FALSE(end.stopped);
  EXPECT_EQ(end.still_running, 1U);

  go_on.set();
  end = executor.shutdown();  // No limit: until the last task has ended.
  EXPECT_TRUE(end.stopped);
}

TEST(ExecutorsAndContextsTest, ClosesItsOwnPartsOnly) {
  offstage::manual_loop loop;
  offstage::multithreading_context context;
  auto executor = std::make_unique<offstage::executor>(loop, context);
  EXPECT_THROW(context.close(), offstage::context_in_use);
  executor = nullptr;
  EXPECT_FALSE(context.closed());
  context.close();
  EXPECT_THROW(context.make_pool(), offstage::context_closed);
  EXPECT_THROW(offstage::executor(loop, context), offstage::context_closed);
}

TEST(ExecutorsAndContextsTest, StopsTheExecutorsOfAContextThatGoes) {
  offstage::manual_loop loop;
  auto context = std::make_unique<offstage::multithreading_context>();
  offstage::executor executor{loop, *context};
  context = nullptr;
  EXPECT_TRUE(executor.stopped());
  EXPECT_THROW(executor.context(), offstage::context_closed);
}

TEST(ExecutorsAndContextsTest, RefusesOptionsThatDoNotFit) {
  offstage::manual_loop loop;
  offstage::multithreading_context one;
  offstage::multithreading_context other;
  const auto pool = one.make_pool();
  EXPECT_THROW(offstage::executor(loop, {.pool = pool, .worker_count = 2}),
               offstage::invalid_options);
  EXPECT_THROW(offstage::executor(loop, {.context = &other, .pool = pool}),
               offstage::pool_mismatch);
  EXPECT_THROW(one.make_pool({.worker_count = 0}), offstage::invalid_options);
}

TEST(ExecutorsAndContextsTest, LetsFuturesOutliveIt) {
  offstage::manual_loop loop;
  offstage::call_future<int> future;
  {
    offstage::executor executor{loop};
    future = offstage::submit_call(executor, square, 12);
    loop.run_until(future);
  }
  EXPECT_EQ(future.result(), 144);
}

}  // namespace
