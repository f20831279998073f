// Rows 73 to 84, D13 to D15: what executors are made of, and whose it is.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "actors/executor/executor_core.h"
#include "actors/offstage.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

// Row 73.
TEST(ConstructionTest, AsksForAWorkerCount) {
  manual_loop loop;
  executor user{loop, {.worker_count = 11}};
  EXPECT_EQ(user.pool()->worker_count(), 11U);
}

TEST(ConstructionTest, HasAWorkerPerUsableCpuByDefault) {
  manual_loop loop;
  executor user{loop};
  EXPECT_GE(user.pool()->worker_count(), 1U);
  EXPECT_LE(user.pool()->worker_count(), std::thread::hardware_concurrency());
}

TEST(ConstructionTest, RefusesWorkerCountsOutOfRange) {
  manual_loop loop;
  for (const int count : {0, -1, 1 << 20}) {
    EXPECT_THROW(executor(loop, executor_options{.worker_count = count}), invalid_options);
  }
}

// Row 74.
TEST(ConstructionTest, RefusesAPoolAndAWorkerCount) {
  manual_loop loop;
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 1});
  EXPECT_THROW(
      executor(loop, executor_options{.context = &context, .pool = pool, .worker_count = 1}),
      invalid_options);
}

// Row 75.
TEST(ConstructionTest, HasAThreadContextOfItsOwnByDefault) {
  manual_loop loop;
  executor user{loop};
  EXPECT_NE(dynamic_cast<multithreading_context*>(&user.context()), nullptr);
}

TEST(ConstructionTest, KeepsItsOwnContextWhileAnotherExecutorUsesIt) {
  manual_loop loop;
  auto owner = std::make_unique<executor>(loop);
  executor user{loop, owner->context()};
  owner->stop();
  EXPECT_TRUE(owner->stopped());
  auto future = submit_call(user, [] { return 1; });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.result(), 1);
  owner = nullptr;
  EXPECT_TRUE(user.stopped());
}

// Row 76. Adapted: a C++ program names its loop; an executor is used at that loop's home.
TEST(ConstructionTest, BelongsToTheLoopThatItIsGiven) {
  manual_loop loop;
  std::thread([&] { EXPECT_THROW(executor{loop}, wrong_sequence); }).join();
  executor user{loop};
  auto future = submit_call(user, [] { return 1; });
  EXPECT_TRUE(loop.run_until(future, guard));
}

// Row 77.
TEST(ConstructionTest, UsesAContextThatItIsGivenAndLeavesItOpen) {
  manual_loop loop;
  multithreading_context context;
  executor user{loop, context};
  EXPECT_EQ(&user.context(), &context);
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_FALSE(context.closed());
  EXPECT_EQ(&user.context(), &context);
}

// Row 78.
TEST(ConstructionTest, ClosesItsOwnContextWhenItStops) {
  manual_loop loop;
  executor user{loop};
  auto& context = user.context();
  EXPECT_FALSE(context.closed());
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_TRUE(context.closed());
}

// Row 79.
TEST(ConstructionTest, ClosesItsOwnPoolWhenItStops) {
  manual_loop loop;
  multithreading_context context;
  executor user{loop, context};
  EXPECT_TRUE(loop.run_until(submit_call(user, [] {}), guard));
  EXPECT_FALSE(user.pool()->closed());
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_TRUE(user.pool()->closed());
}

// Rows 81 and 82.
TEST(ConstructionTest, LeavesASharedPoolOpen) {
  manual_loop loop;
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 2});
  for (const bool by_shutdown : {false, true}) {
    executor user{loop, {.context = &context, .pool = pool}};
    EXPECT_TRUE(loop.run_until(submit_call(user, [] {}), guard));
    if (by_shutdown) {
      EXPECT_TRUE(user.shutdown(guard).stopped);
    } else {
      user.stop();
    }
    EXPECT_TRUE(user.stopped());
    EXPECT_FALSE(pool->closed());
    executor another{loop, {.context = &context, .pool = pool}};
    auto future = submit_call(another, [] { return 7; });
    ASSERT_TRUE(loop.run_until(future, guard));
    EXPECT_EQ(future.result(), 7);
  }
}

// Rows 83 and 84. Adapted: with a pool the context is the pool's, so there is none to create.
TEST(ConstructionTest, CreatesNothingForAStopWithoutTasks) {
  manual_loop loop;
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 2});
  for (const bool by_shutdown : {false, true}) {
    executor user{loop, {.pool = pool}};
    EXPECT_EQ(&user.context(), &context);
    if (by_shutdown) {
      EXPECT_TRUE(user.shutdown(guard).stopped);
    } else {
      user.stop();
    }
    EXPECT_FALSE(user.core()->has_router());
  }
}

// D8.
TEST(ConstructionTest, RefusesToCloseAContextInUse) {
  manual_loop loop;
  multithreading_context context;
  {
    executor user{loop, context};
    EXPECT_THROW(context.close(), context_in_use);
    EXPECT_FALSE(context.closed());
    EXPECT_TRUE(loop.run_until(submit_call(user, [] {}), guard));
  }
  context.close();
  EXPECT_TRUE(context.closed());
  context.close();
  EXPECT_THROW(executor(loop, context), context_closed);
  EXPECT_THROW(context.make_pool(), context_closed);
  EXPECT_THROW(context.make_event(), context_closed);
  EXPECT_THROW(context.make_router(loop), context_closed);
}

// D14.
TEST(ConstructionTest, HasItsHomeInWhicheverThreadTheLoopWasMade) {
  std::thread([] {
    manual_loop loop;
    executor user{loop};
    auto future = submit_call(user, [] { return std::this_thread::get_id(); });
    std::optional<std::thread::id> told_in;
    future.on_done([&](const auto&) { told_in = std::this_thread::get_id(); });
    ASSERT_TRUE(loop.run_until(future, guard));
    EXPECT_EQ(told_in, std::this_thread::get_id());
    EXPECT_NE(future.result(), std::this_thread::get_id());
  }).join();
}

// D15.
TEST(ConstructionTest, RefusesAPoolOfAnotherContext) {
  manual_loop loop;
  multithreading_context one;
  multithreading_context other;
  auto pool = other.make_pool({.worker_count = 1});
  EXPECT_THROW(executor(loop, executor_options{.context = &one, .pool = pool}), pool_mismatch);
}

TEST(ConstructionTest, SharesAPoolBetweenLoops) {
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 2});
  std::vector<std::thread> homes;
  for (int home = 0; home < 4; ++home) {
    homes.emplace_back([&, home] {
      manual_loop loop;
      executor user{loop, {.context = &context, .pool = pool}};
      for (int i = 0; i < 200; ++i) {
        auto future = submit_call(user, [home, i] { return home * 1000 + i; });
        ASSERT_TRUE(loop.run_until(future, guard));
        ASSERT_EQ(future.result(), home * 1000 + i);
      }
    });
  }
  for (auto& each : homes) each.join();
}

}  // namespace
}  // namespace offstage
