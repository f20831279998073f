// context_rows: what every context does, the user's own too.
//
// Question: is this parallel_context one that executors can rely on?
// Zone:     home. Bodies are free functions that share nothing but events.
//
// Two suites: ContextRows for all contexts, BusyContextRows for those whose tasks run beside home.
// Instantiate them with the context's type, and RouterRows with `context_routers` of it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "actors/executor/executor_core.h"
#include "tests/contract/world.h"
#include "tests/support/log_capture.h"

namespace offstage::contract {

/// Makes the routers of a context, for RouterRows.
template <class Context>
class context_routers {
 public:
  std::unique_ptr<message_router> operator()(loop& home) { return context_.make_router(home); }

 private:
  Context context_;
};

inline int next_number(int n) { return n + 1; }

inline generator<int, int> count_to(int last) {
  for (int i = 0; i < last; ++i) co_yield i;
  co_return last;
}

inline int report_to(progress<int>& report, int last) {
  for (int i = 0; i < last; ++i) report(i);
  return last;
}

inline int step_to(steps_reporter& report, int last) {
  for (int i = 0; i < last; ++i) report.step("one more");
  report.stop("counted");
  return last;
}

inline void fail_to_count() { throw std::out_of_range("no number follows"); }

inline void set_event(event which) { which.set(); }

inline bool wait_for_stop(std::stop_token token, event begun, event stopped) {
  std::stop_callback tell(token, [stopped] { stopped.set(); });
  begun.set();
  stopped.wait();
  return token.stop_requested();
}

template <class Context>
class ContextRows : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }

  manual_loop loop;
  Context context;
};

TYPED_TEST_SUITE_P(ContextRows);

TYPED_TEST_P(ContextRows, MakesPoolsOfItsOwn) {
  const auto pool = this->context.make_pool();
  ASSERT_NE(pool, nullptr);
  EXPECT_GE(pool->worker_count(), 1U);
  EXPECT_EQ(pool->made_by(), this->context.anchor());
  EXPECT_FALSE(pool->closed());
  EXPECT_NE(this->context.make_pool(), pool);
}

TYPED_TEST_P(ContextRows, MakesPoolsOfOneWorkerAndNoneOfFewer) {
  EXPECT_EQ(this->context.make_pool({.worker_count = 1})->worker_count(), 1U);
  for (const int count : {0, -1, -1000}) {
    EXPECT_THROW(this->context.make_pool({.worker_count = count}), invalid_options) << count;
  }
}

TYPED_TEST_P(ContextRows, AnswersForItsAnchorWhileItLives) {
  std::optional<TypeParam> passing(std::in_place);
  const auto anchor = passing->anchor();
  EXPECT_EQ(anchor->context, &*passing);
  passing.reset();
  EXPECT_EQ(anchor->context, nullptr);
}

TYPED_TEST_P(ContextRows, RunsEveryKindOfTask) {
  executor user{this->loop, this->context};
  auto call = submit_call(user, next_number, 1);
  auto failing = submit_call(user, fail_to_count);
  auto iteration = submit_iteration(user, count_to, 10);
  int items = 0;
  iteration.on_item([&](int) { ++items; });
  auto reporting = submit_progress(user, report_to, 10);
  std::vector<int> reports;
  reporting.on_progress([&](int report) { reports.push_back(report); });
  auto stepping = submit_steps(user, 10, "counting", step_to, 10);

  ASSERT_TRUE(this->wait(call));
  EXPECT_EQ(call.result(), 2);
  ASSERT_TRUE(this->wait(failing));
  EXPECT_EQ(failing.failure().what, "no number follows");
  ASSERT_TRUE(this->wait(iteration));
  EXPECT_EQ(items, 10);
  EXPECT_EQ(iteration.result(), 10);
  ASSERT_TRUE(this->wait(reporting));
  EXPECT_EQ(reports.size(), 10U);
  ASSERT_TRUE(this->wait(stepping));
  EXPECT_EQ(stepping.complete(), 10U);
}

TYPED_TEST_P(ContextRows, TellsNothingBeforeTheLoopsTurn) {
  executor user{this->loop, this->context};
  auto future = submit_call(user, next_number, 1);
  recorded_states seen(future);
  EXPECT_EQ(seen(), states{future_state::waiting});
  ASSERT_TRUE(this->wait(future));
  EXPECT_EQ(seen(),
            (states{future_state::waiting, future_state::executing, future_state::completed}));
}

TYPED_TEST_P(ContextRows, TakesAsManyMessagesOfATaskAsItSends) {
  constexpr int many = 5000;  // More than may be on their way at once.
  executor user{this->loop, this->context};
  auto iteration = submit_iteration(user, count_to, many);
  int next = 0;
  iteration.on_item([&](int item) { next += item == next ? 1 : 0; });
  ASSERT_TRUE(this->wait(iteration));
  EXPECT_EQ(next, many);
  auto stepping = submit_steps(user, many, "counting", step_to, many);
  ASSERT_TRUE(this->wait(stepping));
  EXPECT_EQ(stepping.complete(), static_cast<std::uint64_t>(many));
}

TYPED_TEST_P(ContextRows, TellsTheLatestOfManyReports) {
  constexpr int many = 5000;
  executor user{this->loop, this->context};
  auto reporting = submit_progress(user, {delivery::latest_value}, report_to, many);
  std::optional<int> last;
  reporting.on_progress([&](int report) { last = report; });
  ASSERT_TRUE(this->wait(reporting));
  EXPECT_EQ(last, many - 1);
}

TYPED_TEST_P(ContextRows, RunsAChainOfTasksHoweverLong) {
  constexpr int links = 20000;
  executor user{this->loop, this->context};
  call_future<int> last;
  std::function<void(int)> go_on = [&](int from) {
    last = submit_call(user, next_number, from);
    last.on_result([&](const auto& future) {
      if (future.result() < links) go_on(future.result());
    });
  };
  go_on(0);
  ASSERT_TRUE(this->wait([&] { return last.done() && last.result() == links; }));
}

TYPED_TEST_P(ContextRows, EndsEachOfManyTasksOnce) {
  constexpr int many = 2000;
  executor user{this->loop, this->context};
  std::minstd_rand chance(1);
  std::vector<call_future<int>> futures;
  std::vector<int> ends(many);
  for (int i = 0; i < many; ++i) {
    futures.push_back(submit_call(user, next_number, i));
    futures.back().on_done([&ends, i](const auto&) { ++ends[i]; });
    // Now and then one of those before is cancelled, whatever it does now.
    if (chance() % 3 == 0) futures[chance() % futures.size()].cancel();
  }
  ASSERT_TRUE(this->wait([&] { return user.open_tasks() == 0; }));
  for (int i = 0; i < many; ++i) {
    ASSERT_EQ(ends[i], 1) << i;
    if (futures[i].state() == future_state::completed) {
      ASSERT_EQ(futures[i].result(), i + 1);
    } else {
      ASSERT_EQ(futures[i].state(), future_state::cancelled);
    }
  }
}

TYPED_TEST_P(ContextRows, RefusesTasksOfAClosedPool) {
  const auto pool = this->context.make_pool({.worker_count = 1});
  executor user{this->loop, {.context = &this->context, .pool = pool}};
  auto before = submit_call(user, next_number, 1);
  pool->close();
  EXPECT_TRUE(pool->closed());
  pool->close();
  EXPECT_THROW(submit_call(user, next_number, 2), pool_closed);
  EXPECT_LE(user.open_tasks(), 1U);
  // What it has taken is run.
  ASSERT_TRUE(this->wait(before));
  EXPECT_EQ(before.result(), 2);
}

TYPED_TEST_P(ContextRows, LendsAPoolToSeveralExecutors) {
  const auto pool = this->context.make_pool({.worker_count = 1});
  executor one{this->loop, {.context = &this->context, .pool = pool}};
  executor other{this->loop, {.context = &this->context, .pool = pool}};
  auto ones = submit_call(one, next_number, 1);
  auto others = submit_call(other, next_number, 2);
  ASSERT_TRUE(this->wait(ones));
  EXPECT_TRUE(one.shutdown(guard).stopped);
  EXPECT_FALSE(pool->closed());
  ASSERT_TRUE(this->wait(others));
  EXPECT_EQ(others.result(), 3);
}

TYPED_TEST_P(ContextRows, RefusesPoolsOfOtherContexts) {
  TypeParam other;
  const auto pool = other.make_pool({.worker_count = 1});
  EXPECT_THROW(executor(this->loop, executor_options{.context = &this->context, .pool = pool}),
               pool_mismatch);
}

TYPED_TEST_P(ContextRows, MakesEvents) {
  const auto flag = this->context.make_event();
  const auto copy = flag;
  const auto another = this->context.make_event();
  EXPECT_FALSE(flag.is_set());
  EXPECT_FALSE(flag.wait_for(std::chrono::nanoseconds(0)));
  EXPECT_FALSE(flag.wait_for(std::chrono::milliseconds(1)));
  copy.set();
  EXPECT_TRUE(flag.is_set());
  EXPECT_TRUE(flag.wait_for(std::chrono::nanoseconds(0)));
  flag.wait();
  EXPECT_FALSE(another.is_set());
  flag.clear();
  EXPECT_FALSE(copy.is_set());
  // None is ever without a flag.
  auto moved = flag;
  const auto to = std::move(moved);
  moved.set();
  EXPECT_TRUE(to.is_set());
  flag.clear();
  std::thread setting([copy] { copy.set(); });
  EXPECT_TRUE(flag.wait_for(guard));
  setting.join();
  for (const time_limit ever : {time_limit(std::chrono::hours::max()), time_limit()}) {
    flag.clear();
    std::thread later([copy] { copy.set(); });
    EXPECT_TRUE(flag.wait_for(ever));
    later.join();
  }
}

TYPED_TEST_P(ContextRows, PassesEventsToItsTasks) {
  executor user{this->loop, this->context};
  const auto flag = this->context.make_event();
  ASSERT_TRUE(this->wait(submit_call(user, set_event, flag)));
  EXPECT_TRUE(flag.is_set());
}

TYPED_TEST_P(ContextRows, IsClosedByItsOwnerOnly) {
  {
    executor user{this->loop, this->context};
    EXPECT_THROW(this->context.close(), context_in_use);
    EXPECT_FALSE(this->context.closed());
    ASSERT_TRUE(this->wait(submit_call(user, next_number, 1)));
    EXPECT_TRUE(user.shutdown(guard).stopped);
    EXPECT_FALSE(this->context.closed());
  }
  this->context.close();
  EXPECT_TRUE(this->context.closed());
  this->context.close();
  EXPECT_THROW(this->context.make_pool(), context_closed);
  EXPECT_THROW(this->context.make_event(), context_closed);
  EXPECT_THROW(this->context.make_router(this->loop), context_closed);
  EXPECT_THROW(executor(this->loop, this->context), context_closed);
}

TYPED_TEST_P(ContextRows, EndsTheExecutorsThatStillUseIt) {
  std::optional<TypeParam> passing(std::in_place);
  executor user{this->loop, *passing};
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(submit_call(user, next_number, i));
  passing.reset();
  EXPECT_TRUE(user.stopped());
  for (const auto& each : futures) EXPECT_TRUE(each.done());
  EXPECT_THROW(submit_call(user, next_number, 1), executor_not_running);
}

REGISTER_TYPED_TEST_SUITE_P(ContextRows, MakesPoolsOfItsOwn, MakesPoolsOfOneWorkerAndNoneOfFewer,
                            AnswersForItsAnchorWhileItLives, RunsEveryKindOfTask,
                            TellsNothingBeforeTheLoopsTurn, TakesAsManyMessagesOfATaskAsItSends,
                            TellsTheLatestOfManyReports, RunsAChainOfTasksHoweverLong,
                            EndsEachOfManyTasksOnce, RefusesTasksOfAClosedPool,
                            LendsAPoolToSeveralExecutors, RefusesPoolsOfOtherContexts, MakesEvents,
                            PassesEventsToItsTasks, IsClosedByItsOwnerOnly,
                            EndsTheExecutorsThatStillUseIt);

/// A context whose tasks run beside home, two at once.
template <class Context>
class BusyContextRows : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return world.wait(thing);
  }

  own_pool_world<Context> world;
};

TYPED_TEST_SUITE_P(BusyContextRows);

TYPED_TEST_P(BusyContextRows, RunsAsManyTasksAtOnceAsItHasWorkersAndNoMore) {
  auto& world = this->world;
  ASSERT_EQ(world.user.pool()->worker_count(), 2U);
  const auto begun = world.context.make_event();
  call_future<void> third;
  {
    blocked_pool all(world);
    third = submit_call(world.user, set_event, begun);
    EXPECT_FALSE(world.loop.run_until(third, std::chrono::milliseconds(20)));
    EXPECT_FALSE(begun.is_set());
  }
  ASSERT_TRUE(this->wait(third));
  EXPECT_TRUE(begun.is_set());
}

// Rows 73 and 74.
TYPED_TEST_P(BusyContextRows, GivesAnExecutorTheWorkersThatItAsksFor) {
  auto& world = this->world;
  executor user{world.loop, {.context = &world.context, .worker_count = 11}};
  EXPECT_EQ(user.pool()->worker_count(), 11U);
  const auto pool = world.context.make_pool({.worker_count = 1});
  EXPECT_THROW(
      executor(world.loop,
               executor_options{.context = &world.context, .pool = pool, .worker_count = 1}),
      invalid_options);
}

// Rows 77 and 79.
TYPED_TEST_P(BusyContextRows, LosesThePoolOfAnExecutorWithIt) {
  auto& world = this->world;
  executor user{world.loop, world.context};
  EXPECT_EQ(&user.context(), &world.context);
  ASSERT_TRUE(this->wait(submit_call(user, next_number, 1)));
  EXPECT_FALSE(user.pool()->closed());
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_TRUE(user.pool()->closed());
  EXPECT_FALSE(world.context.closed());
}

// Rows 81 to 84.
TYPED_TEST_P(BusyContextRows, KeepsASharedPoolAndMakesNothingForAStop) {
  auto& world = this->world;
  const auto pool = world.context.make_pool({.worker_count = 1});
  for (const bool by_shutdown : {false, true}) {
    executor user{world.loop, {.context = &world.context, .pool = pool}};
    if (by_shutdown) {
      EXPECT_TRUE(user.shutdown(guard).stopped);
    } else {
      user.stop();
    }
    EXPECT_TRUE(user.stopped());
    EXPECT_FALSE(user.core()->has_router());
    EXPECT_FALSE(pool->closed());
    executor another{world.loop, {.context = &world.context, .pool = pool}};
    auto future = submit_call(another, next_number, 1);
    ASSERT_TRUE(this->wait(future));
    EXPECT_EQ(future.result(), 2);
  }
}

TYPED_TEST_P(BusyContextRows, RunsTasksInTheOrderOfTheirSubmission) {
  constexpr int many = 200;
  executor single{this->world.loop, {.context = &this->world.context, .worker_count = 1}};
  std::vector<int> order;
  std::vector<call_future<int>> futures;
  for (int i = 0; i < many; ++i) {
    futures.push_back(submit_call(single, next_number, i));
    futures.back().on_done([&](const auto& future) { order.push_back(future.result()); });
  }
  ASSERT_TRUE(this->wait([&] { return order.size() == many; }));
  for (int i = 0; i < many; ++i) EXPECT_EQ(order[i], i + 1);
}

TYPED_TEST_P(BusyContextRows, AbandonsAWaitingTaskWithoutAWorker) {
  auto& world = this->world;
  const auto never = world.context.make_event();
  blocked_pool all(world);
  auto first = submit_call(world.user, next_number, 1);
  auto waiting = submit_call(world.user, set_event, never);
  auto last = submit_call(world.user, next_number, 2);
  waiting.cancel();
  // All workers are still in their tasks.
  ASSERT_TRUE(this->wait(waiting));
  EXPECT_EQ(waiting.state(), future_state::cancelled);
  EXPECT_EQ(first.state(), future_state::waiting);
  all.release();
  ASSERT_TRUE(this->wait(last));
  ASSERT_TRUE(this->wait(first));
  EXPECT_EQ(first.result(), 2);
  EXPECT_EQ(last.result(), 3);
  EXPECT_FALSE(never.is_set());
}

TYPED_TEST_P(BusyContextRows, StopsTheTokenOfTheTaskThatIsCancelledAndOfNoOther) {
  auto& world = this->world;
  std::vector<event> begun;
  std::vector<event> stopped;
  std::vector<call_future<bool>> futures;
  for (int i = 0; i < 2; ++i) {
    begun.push_back(world.context.make_event());
    stopped.push_back(world.context.make_event());
    futures.push_back(submit_call(world.user, wait_for_stop, begun[i], stopped[i]));
    ASSERT_TRUE(begun[i].wait_for(guard));
  }
  futures[0].cancel();
  // Home does nothing meanwhile.
  EXPECT_TRUE(stopped[0].wait_for(guard));
  ASSERT_TRUE(this->wait(futures[0]));
  EXPECT_EQ(futures[0].state(), future_state::cancelled);
  EXPECT_FALSE(stopped[1].is_set());
  stopped[1].set();
  ASSERT_TRUE(this->wait(futures[1]));
  EXPECT_FALSE(futures[1].result());
}

TYPED_TEST_P(BusyContextRows, ClosesAPoolWithoutWaitingForATaskThatIsStuck) {
  auto& world = this->world;
  const auto begun = world.context.make_event();
  const auto until = world.context.make_event();
  auto pool = world.context.make_pool({.worker_count = 1});
  executor user{world.loop, {.context = &world.context, .pool = pool}};
  auto stuck = submit_call(user, begin_and_wait, begun, until);
  auto waiting = submit_call(user, next_number, 1);
  ASSERT_TRUE(begun.wait_for(guard));
  pool->close();
  EXPECT_FALSE(stuck.done());
  until.set();
  ASSERT_TRUE(this->wait(waiting));
  EXPECT_EQ(waiting.result(), 2);
  // Between tasks there is no order.
  ASSERT_TRUE(this->wait(stuck));
  EXPECT_EQ(stuck.state(), future_state::completed);
}

TYPED_TEST_P(BusyContextRows, LendsAPoolToSeveralHomes) {
  constexpr int tasks = 100;
  const auto pool = this->world.context.make_pool({.worker_count = 2});
  std::vector<std::thread> homes;
  for (int home = 0; home < 4; ++home) {
    homes.emplace_back([&, home] {
      manual_loop loop;
      executor user{loop, {.context = &this->world.context, .pool = pool}};
      for (int i = 0; i < tasks; ++i) {
        auto future = submit_call(user, next_number, home * tasks + i);
        ASSERT_TRUE(loop.run_until(future, guard));
        ASSERT_EQ(future.result(), home * tasks + i + 1);
      }
    });
  }
  for (auto& each : homes) each.join();
}

TYPED_TEST_P(BusyContextRows, TellsExecutorsOfOtherHomesToStopWhenItEnds) {
  std::optional<TypeParam> passing(std::in_place);
  const auto ready = this->world.context.make_event();
  const auto gone = this->world.context.make_event();
  std::thread home([&] {
    manual_loop loop;
    executor user{loop, *passing};
    auto future = submit_call(user, next_number, 1);
    EXPECT_TRUE(loop.run_until(future, guard));
    ready.set();
    EXPECT_TRUE(gone.wait_for(guard));
    EXPECT_TRUE(loop.run_until([&] { return user.stopped(); }, guard));
  });
  EXPECT_TRUE(ready.wait_for(guard));
  passing.reset();
  gone.set();
  home.join();
}

TYPED_TEST_P(BusyContextRows, WaitsForAllItsExecutorsTogether) {
  testing::log_capture log;
  manual_loop loop;
  // Bodies that are left alone use it for longer than this.
  const auto until = this->world.context.make_event();
  const auto time_of = [&](int executors) {
    std::optional<TypeParam> passing(std::in_place);
    std::vector<std::unique_ptr<executor>> users;
    std::vector<call_future<void>> futures;
    for (int i = 0; i < executors; ++i) {
      users.push_back(std::make_unique<executor>(
          loop, executor_options{.context = &*passing, .worker_count = 1}));
      const auto begun = this->world.context.make_event();
      futures.push_back(submit_call(*users.back(), begin_and_wait, begun, until));
      EXPECT_TRUE(begun.wait_for(guard));
    }
    const auto begin = std::chrono::steady_clock::now();
    passing.reset();
    const auto out = std::chrono::steady_clock::now() - begin;
    for (const auto& each : futures) EXPECT_EQ(each.state(), future_state::cancelled);
    for (const auto& each : users) EXPECT_TRUE(each->stopped());
    return out;
  };
  const auto one = time_of(1);
  EXPECT_LT(time_of(4), 2 * one);
  EXPECT_EQ(log.count("1 tasks still run"), 5);
  until.set();
}

TYPED_TEST_P(BusyContextRows, DoesNotWaitAgainForWhatItsExecutorsHaveWaitedFor) {
  testing::log_capture log;
  manual_loop loop;
  const auto until = this->world.context.make_event();
  const auto begun = this->world.context.make_event();
  std::optional<TypeParam> passing(std::in_place);
  std::optional<executor> user(std::in_place, loop,
                               executor_options{.context = &*passing, .worker_count = 1});
  auto future = submit_call(*user, begin_and_wait, begun, until);
  EXPECT_TRUE(begun.wait_for(guard));
  const auto begin = std::chrono::steady_clock::now();
  user.reset();
  const auto of_the_executor = std::chrono::steady_clock::now() - begin;
  passing.reset();
  EXPECT_LT(2 * (std::chrono::steady_clock::now() - begin), 3 * of_the_executor);
  until.set();
}

REGISTER_TYPED_TEST_SUITE_P(BusyContextRows, RunsAsManyTasksAtOnceAsItHasWorkersAndNoMore,
                            GivesAnExecutorTheWorkersThatItAsksFor, LosesThePoolOfAnExecutorWithIt,
                            KeepsASharedPoolAndMakesNothingForAStop,
                            RunsTasksInTheOrderOfTheirSubmission,
                            AbandonsAWaitingTaskWithoutAWorker,
                            StopsTheTokenOfTheTaskThatIsCancelledAndOfNoOther,
                            ClosesAPoolWithoutWaitingForATaskThatIsStuck, LendsAPoolToSeveralHomes,
                            TellsExecutorsOfOtherHomesToStopWhenItEnds,
                            WaitsForAllItsExecutorsTogether,
                            DoesNotWaitAgainForWhatItsExecutorsHaveWaitedFor);

}  // namespace offstage::contract
