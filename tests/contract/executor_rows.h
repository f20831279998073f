// executor_rows: rows 50 to 63, 67 to 72, 147 and 152, and defects D4 to D7, D9, D12, what all
// executors have in common.
//
// Question: how does an executor begin, stop, and end, in any context?
// Zone:     home. Bodies are free functions that share nothing but events.
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/context/ending.h"
#include "tests/contract/call_rows.h"
#include "tests/contract/world.h"
#include "tests/support/log_capture.h"

namespace offstage::contract {

using executor_states = std::vector<executor_state>;

inline constexpr auto all_executor_states = [] {
  return executor_states{executor_state::running, executor_state::stopping,
                         executor_state::stopped};
};

/// The states of an executor, the present one first.
class recorded_executor_states {
 public:
  explicit recorded_executor_states(executor& user)
      : seen_(std::make_shared<executor_states>(1, user.state())) {
    user.on_state([seen = seen_](executor_state now) { seen->push_back(now); });
  }

  const executor_states& operator()() const { return *seen_; }

 private:
  std::shared_ptr<executor_states> seen_;
};

class without_words : public std::exception {
 public:
  const char* what() const noexcept override { return nullptr; }
};

inline void fail_without_words() { throw without_words(); }

template <class World>
class ExecutorRows : public ::testing::Test {
 protected:
  // A task that has begun and goes on until `until` is set.
  call_future<int> long_task() {
    const auto begun = world.context.make_event();
    auto future = submit_call(world.user, begin_wait_and_return, begun, until);
    EXPECT_TRUE(begun.wait_for(guard));
    return future;
  }

  World world;
  event until = world.context.make_event();
};

TYPED_TEST_SUITE_P(ExecutorRows);

// Row 50.
TYPED_TEST_P(ExecutorRows, StopMethod) {
  auto& user = this->world.user;
  recorded_executor_states seen(user);
  auto future = this->long_task();
  user.stop();
  EXPECT_EQ(user.state(), executor_state::stopping);
  this->until.set();
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_EQ(seen(), all_executor_states());
}

// Row 51.
TYPED_TEST_P(ExecutorRows, StopMethodWithNoJobs) {
  recorded_executor_states seen(this->world.user);
  this->world.user.stop();
  EXPECT_TRUE(this->world.user.stopped());
  EXPECT_EQ(seen(), all_executor_states());
}

// Row 52.
TYPED_TEST_P(ExecutorRows, StopMethodRaisesUnlessRunning) {
  auto& user = this->world.user;
  auto future = this->long_task();
  user.stop();
  EXPECT_THROW(user.stop(), executor_not_running);
  this->until.set();
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_THROW(user.stop(), executor_not_running);
}

// Row 53.
TYPED_TEST_P(ExecutorRows, ShutdownWhenAlreadyStopping) {
  auto& user = this->world.user;
  auto future = this->long_task();
  user.stop();
  this->until.set();
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_EQ(user.state(), executor_state::stopped);
}

// Row 54.
TYPED_TEST_P(ExecutorRows, ShutdownDoesNothingIfStopped) {
  auto& user = this->world.user;
  user.stop();
  EXPECT_TRUE(user.stopped());
  EXPECT_TRUE(user.shutdown().stopped);
  EXPECT_TRUE(user.stopped());
}

// Rows 55 and 56.
TYPED_TEST_P(ExecutorRows, ShutdownCancelsRunningFuturesAndNothingChangesAfterwards) {
  auto& user = this->world.user;
  auto future = submit_call(user, power, 2, 3);
  recorded_states seen(future);
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_EQ(future.state(), future_state::cancelled);
  EXPECT_TRUE(user.stopped());
  const auto before = seen();
  bool turned = false;
  this->world.loop.call_soon([&] { turned = true; });
  ASSERT_TRUE(this->world.wait([&] { return turned; }));
  EXPECT_EQ(seen(), before);
}

// Row 57.
TYPED_TEST_P(ExecutorRows, ShutdownGoesThroughStoppingState) {
  recorded_executor_states seen(this->world.user);
  EXPECT_TRUE(this->world.user.shutdown(guard).stopped);
  EXPECT_EQ(seen(), all_executor_states());
}

// Row 58.
TYPED_TEST_P(ExecutorRows, ShutdownWaitsForBackgroundTasks) {
  const auto begun = this->world.context.make_event();
  const auto ended = this->world.context.make_event();
  submit_call(
      this->world.user,
      [](event first, event never, event last) {
        first.set();
        never.wait_for(std::chrono::milliseconds(50));
        last.set();
      },
      begun, this->until, ended);
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_TRUE(this->world.user.shutdown(guard).stopped);
  EXPECT_TRUE(ended.is_set());
}

// Row 59. Adapted: a result instead of an error, which says how many tasks still run; and the loop
// delivers again afterwards, so that the executor also stops by itself.
TYPED_TEST_P(ExecutorRows, ShutdownTimeout) {
  auto& user = this->world.user;
  auto future = this->long_task();
  const auto early = user.shutdown(std::chrono::milliseconds(20));
  EXPECT_FALSE(early.stopped);
  EXPECT_EQ(early.still_running, 1U);
  EXPECT_EQ(user.state(), executor_state::stopping);
  EXPECT_FALSE(future.done());
  this->until.set();
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_TRUE(user.stopped());
}

TYPED_TEST_P(ExecutorRows, ShutdownWaitsForEverWhereTheClockCannotCount) {
  auto& user = this->world.user;
  auto future = this->long_task();
  user.on_running([until = this->until](executor_state) { until.set(); });
  EXPECT_TRUE(user.shutdown(std::chrono::hours::max()).stopped);
  EXPECT_TRUE(user.stopped());
}

TYPED_TEST_P(ExecutorRows, StopsByItselfAfterAShutdownThatTimedOut) {
  auto& user = this->world.user;
  auto future = this->long_task();
  EXPECT_FALSE(user.shutdown(std::chrono::milliseconds(1)).stopped);
  this->until.set();
  EXPECT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_EQ(future.state(), future_state::cancelled);
}

// Row 60.
TYPED_TEST_P(ExecutorRows, CannotSubmitNewUnlessRunning) {
  auto& user = this->world.user;
  auto future = this->long_task();
  user.stop();
  EXPECT_THROW(submit_call(user, power, 1, 1), executor_not_running);
  this->until.set();
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_THROW(submit_call(user, power, 1, 1), executor_not_running);
}

// Row 61.
TYPED_TEST_P(ExecutorRows, StopCancelsRunningFutures) {
  auto& user = this->world.user;
  auto future = this->long_task();
  ASSERT_TRUE(this->world.wait([&] { return future.state() == future_state::executing; }));
  user.stop();
  EXPECT_EQ(future.state(), future_state::cancelling);
  this->until.set();
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_EQ(future.state(), future_state::cancelled);
}

// Rows 62 and 63.
TYPED_TEST_P(ExecutorRows, RunningAndStopped) {
  auto& user = this->world.user;
  EXPECT_TRUE(user.running());
  EXPECT_FALSE(user.stopped());
  auto future = this->long_task();
  EXPECT_TRUE(user.running());
  EXPECT_FALSE(user.stopped());
  user.stop();
  EXPECT_FALSE(user.running());
  EXPECT_FALSE(user.stopped());
  this->until.set();
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_FALSE(user.running());
}

// Rows 67, 68, 69 and 147.
TYPED_TEST_P(ExecutorRows, TellsConsistentStatesInOrderAndEachOnce) {
  auto& user = this->world.user;
  std::string told;
  const auto consistent = [&](executor_state now) {
    return now == user.state() && user.running() == (now == executor_state::running) &&
           user.stopped() == (now == executor_state::stopped);
  };
  user.on_stopped([&](executor_state now) { told += consistent(now) ? 'P' : 'x'; });
  user.on_running([&](executor_state now) { told += consistent(now) ? 'R' : 'x'; });
  user.on_state([&](executor_state now) { told += consistent(now) ? 'S' : 'x'; });
  auto future = this->long_task();
  this->until.set();
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_EQ(told, "SRSP");
}

// Row 70.
TYPED_TEST_P(ExecutorRows, MultipleFutures) {
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(submit_call(this->world.user, power, i, 2));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(this->world.wait(futures[i]));
    EXPECT_EQ(futures[i].result(), i * i);
  }
}

// Row 71. Adapted: a task may have ended before the stop, but the loop was never asked.
TYPED_TEST_P(ExecutorRows, StopWithMultipleFutures) {
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(submit_call(this->world.user, power, i, 2));
  this->world.user.stop();
  ASSERT_TRUE(this->world.wait([&] { return this->world.user.stopped(); }));
  for (const auto& future : futures) EXPECT_EQ(future.state(), future_state::cancelled);
}

// Row 72.
TYPED_TEST_P(ExecutorRows, CannotBeUsedAwayFromHome) {
  auto& user = this->world.user;
  auto future = this->long_task();
  std::thread([&] {
    EXPECT_THROW(submit_call(user, power, 1, 1), wrong_sequence);
    EXPECT_THROW(user.stop(), wrong_sequence);
    EXPECT_THROW(user.shutdown(), wrong_sequence);
    EXPECT_THROW(user.state(), wrong_sequence);
    EXPECT_THROW(user.running(), wrong_sequence);
    EXPECT_THROW(user.stopped(), wrong_sequence);
    EXPECT_THROW(user.open_tasks(), wrong_sequence);
    EXPECT_THROW(user.on_state([] {}), wrong_sequence);
    // It never changes.
    EXPECT_NE(user.pool(), nullptr);
    EXPECT_THROW(user.context(), wrong_sequence);
    EXPECT_THROW(future.cancel(), wrong_sequence);
    EXPECT_THROW(future.on_done([](const auto&) {}), wrong_sequence);
    try {
      user.stop();
    } catch (const wrong_sequence& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("executor::stop"), text.npos);
      EXPECT_NE(text.find("expected"), text.npos);
      EXPECT_NE(text.find("found thread"), text.npos);
    }
  }).join();
  EXPECT_TRUE(user.running());
  this->until.set();
}

// Row 152.
TYPED_TEST_P(ExecutorRows, ShutdownWithoutTimeTakesWhatIsQueued) {
  for (const auto limit : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(-1)}) {
    executor user{this->world.loop,
                  {.context = &this->world.context, .pool = this->world.user.pool()}};
    const auto ended = this->world.context.make_event();
    auto future = submit_call(
        user, [](event last) { last.set(); }, ended);
    ASSERT_TRUE(ended.wait_for(guard));
    // The task ends a moment after its event; its messages are queued soon.
    shutdown_result how;
    ASSERT_TRUE(this->world.wait([&] {
      how = user.shutdown(limit);
      if (!how.stopped) this->world.loop.wake();
      return how.stopped;
    }));
    EXPECT_EQ(future.state(), future_state::cancelled);
    EXPECT_TRUE(user.stopped());
  }
}

// D4. Adapted: std::exception::what() cannot throw in C++, but it can say nothing.
TYPED_TEST_P(ExecutorRows, AnExceptionThatCannotDescribeItselfFailsTheFuture) {
  auto future = submit_call(this->world.user, fail_without_words);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(future.state(), future_state::failed);
  EXPECT_EQ(future.failure().kind, failure_kind::raised);
  EXPECT_NE(future.failure().type.find("without_words"), std::string::npos);
  EXPECT_NE(future.failure().what.find("returned no text"), std::string::npos);
}

// D6.
TYPED_TEST_P(ExecutorRows, RefusesSubmissionsOfObserversWhileItStops) {
  auto& user = this->world.user;
  std::vector<call_future<int>> futures;
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    futures.push_back(
        submit_call(user, begin_wait_and_return, this->world.context.make_event(), this->until));
    futures.back().on_cancellable([&](const auto&) {
      EXPECT_THROW(submit_call(user, power, 1, 1), executor_not_running);
      ++refused;
    });
  }
  user.stop();
  EXPECT_EQ(refused, 20);
  for (const auto& future : futures) EXPECT_EQ(future.state(), future_state::cancelling);
  this->until.set();
  EXPECT_TRUE(user.shutdown(guard).stopped);
}

// D7.
TYPED_TEST_P(ExecutorRows, ShutdownInsideDoneReturns) {
  auto& user = this->world.user;
  auto future = submit_call(user, power, 2, 3);
  bool stopped = false;
  future.on_done([&](const auto&) { stopped = user.shutdown(guard).stopped; });
  ASSERT_TRUE(this->world.wait([&] { return stopped; }));
  EXPECT_TRUE(user.stopped());
  EXPECT_EQ(future.result(), 8);
}

// D9.
TYPED_TEST_P(ExecutorRows, ARefusedSubmissionLeavesNothingBehind) {
  testing::log_capture log;
  auto pool = this->world.context.make_pool({.worker_count = 1});
  executor user{this->world.loop, {.context = &this->world.context, .pool = pool}};
  auto first = submit_call(user, power, 2, 3);
  ASSERT_TRUE(this->world.wait(first));
  pool->close();
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = held;
  EXPECT_THROW(submit_call(user, [held = std::move(held)] { return *held; }), pool_closed);
  EXPECT_TRUE(alive.expired());
  EXPECT_EQ(user.open_tasks(), 0U);
  EXPECT_TRUE(user.shutdown(std::chrono::nanoseconds(0)).stopped);
  EXPECT_EQ(log.count("unclosed pipes"), 0);
}

// D12.
TYPED_TEST_P(ExecutorRows, LogsAFailureThatNobodyLookedAtOnce) {
  testing::log_capture log;
  {
    auto ignored = submit_call(this->world.user, divide, 1, 0);
    ASSERT_TRUE(this->world.wait(ignored));
    EXPECT_EQ(log.count("nobody looked"), 0);
  }
  EXPECT_EQ(log.count("nobody looked"), 1);
  EXPECT_EQ(log.count("std::domain_error: division by zero"), 1);
  {
    auto looked = submit_call(this->world.user, divide, 1, 0);
    ASSERT_TRUE(this->world.wait(looked));
    EXPECT_EQ(looked.failure().kind, failure_kind::raised);
  }
  {
    auto asked = submit_call(this->world.user, divide, 1, 0);
    ASSERT_TRUE(this->world.wait(asked));
    EXPECT_THROW(asked.result(), task_failed);
  }
  EXPECT_EQ(log.count("nobody looked"), 1);
}

// What cannot be ended by force is waited for.
TYPED_TEST_P(ExecutorRows, StopEndsByForceWhatDoesNotEndInItsGrace) {
  auto& user = this->world.user;
  auto future = this->long_task();
  user.stop(std::chrono::milliseconds(1));
  EXPECT_EQ(user.state(), executor_state::stopping);
  if (!user.pool()->ends_by_force()) {
    EXPECT_FALSE(
        this->world.loop.run_until([&] { return user.stopped(); }, std::chrono::milliseconds(20)));
    this->until.set();
  }
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_EQ(future.state(), future_state::cancelled);
}

TYPED_TEST_P(ExecutorRows, StopForcesNothingThatEndsInItsGrace) {
  auto& user = this->world.user;
  auto future = this->long_task();
  user.stop(std::chrono::hours::max());
  this->until.set();
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_EQ(future.state(), future_state::cancelled);
}

TYPED_TEST_P(ExecutorRows, ShutdownEndsByForceWhatDoesNotEndInItsGrace) {
  auto& user = this->world.user;
  const bool by_force = user.pool()->ends_by_force();
  auto future = this->long_task();
  const auto end =
      user.shutdown(by_force ? std::chrono::milliseconds(guard) : std::chrono::milliseconds(20),
                    std::chrono::milliseconds(1));
  EXPECT_EQ(end.stopped, by_force);
  EXPECT_EQ(end.still_running, by_force ? 0U : 1U);
  this->until.set();
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_EQ(future.state(), future_state::cancelled);
}

TYPED_TEST_P(ExecutorRows, AGraceThatIsLongerThanTheLimitEndsLater) {
  auto& user = this->world.user;
  auto future = this->long_task();
  const auto end = user.shutdown(std::chrono::milliseconds(1), std::chrono::milliseconds(20));
  EXPECT_FALSE(end.stopped);
  if (!user.pool()->ends_by_force()) this->until.set();
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_EQ(future.state(), future_state::cancelled);
}

TYPED_TEST_P(ExecutorRows, TheDestructorEndsByForceWhatItCanAndNamesIt) {
  testing::log_capture log;
  const auto begun = this->world.context.make_event();
  call_future<int> future;
  bool by_force;
  {
    executor user{this->world.loop,
                  {.context = &this->world.context, .pool = this->world.user.pool()}};
    by_force = user.pool()->ends_by_force();
    future = submit_call(user, begin_wait_and_return, begun, this->until);
    ASSERT_TRUE(begun.wait_for(guard));
  }
  EXPECT_EQ(future.state(), future_state::cancelled);
  const auto number = "1 tasks still run (" + std::to_string(future.id()) + ")";
  EXPECT_EQ(log.count(number), 1);
  EXPECT_EQ(log.count("ended by force"), by_force ? 1 : 0);
  EXPECT_EQ(log.count("left alone"), by_force ? 0 : 1);
  this->until.set();
  // What ends next has what is left of the time, until the loop takes a turn.
  EXPECT_TRUE(ending::has_waited());
  bool turned = false;
  this->world.loop.call_soon([&] { turned = true; });
  ASSERT_TRUE(this->world.wait([&] { return turned; }));
  const auto before = ending::clock::now();
  EXPECT_GE(ending().until() - before, ending::time);
}

TYPED_TEST_P(ExecutorRows, ALoopThatHasGoneTakesNothingNew) {
  const auto pool = this->world.context.make_pool({.worker_count = 1});
  auto loop = std::make_unique<manual_loop>();
  const executor_options options{.context = &this->world.context, .pool = pool};
  executor fresh{*loop, options};
  executor used{*loop, options};
  executor busy{*loop, options};
  ASSERT_TRUE(loop->run_until(submit_call(used, power, 2, 3), guard));
  auto under_way = submit_call(busy, power, 2, 3);
  bool told = false;
  under_way.on_done([&](const auto&) { told = true; });
  loop = nullptr;
  for (auto* const each : {&fresh, &used, &busy}) {
    EXPECT_THROW(submit_call(*each, power, 2, 3), loop_gone);
    EXPECT_THROW(each->on_state([](executor_state) {}), loop_gone);
    EXPECT_THROW(each->on_stopped([](executor_state) {}), loop_gone);
  }
  // What was begun before ends all the same.
  EXPECT_FALSE(told);
  for (auto* const each : {&fresh, &used, &busy}) {
    EXPECT_TRUE(each->shutdown(guard).stopped);
    EXPECT_THROW(each->on_running([](executor_state) {}), loop_gone);
  }
  EXPECT_TRUE(told);
  EXPECT_EQ(under_way.state(), future_state::cancelled);
}

TYPED_TEST_P(ExecutorRows, CallsLateObserversInTheNextTurn) {
  auto& user = this->world.user;
  user.stop();
  ASSERT_TRUE(user.stopped());
  std::string told;
  const auto note = [&](char letter) {
    return [&told, letter](executor_state now) {
      EXPECT_EQ(now, executor_state::stopped);
      told += letter;
    };
  };
  user.on_state(note('S'));
  auto dropped = user.on_state(note('x'));
  user.on_running(note('R'));
  user.on_stopped(note('P'));
  dropped.disconnect();
  EXPECT_EQ(told, "");
  ASSERT_TRUE(this->world.wait([&] { return told.size() == 3; }));
  EXPECT_EQ(told, "SRP");
}

TYPED_TEST_P(ExecutorRows, CallsLateObserversOfRunningWhileItStops) {
  auto& user = this->world.user;
  auto future = this->long_task();
  user.stop();
  int told = 0;
  user.on_running([&](executor_state) { ++told; });
  EXPECT_EQ(told, 0);
  ASSERT_TRUE(this->world.wait([&] { return told != 0; }));
  this->until.set();
  ASSERT_TRUE(this->world.wait([&] { return user.stopped(); }));
  EXPECT_EQ(told, 1);
}

TYPED_TEST_P(ExecutorRows, TellsOnRunningAlsoIfAnObserverShutsDown) {
  auto& user = this->world.user;
  auto future = this->long_task();
  this->until.set();
  executor_states seen;
  int running = 0;
  int stopped = 0;
  user.on_state([&](executor_state now) {
    if (now == executor_state::stopping) {
      EXPECT_TRUE(user.shutdown(guard).stopped);
    }
  });
  user.on_state([&](executor_state now) { seen.push_back(now); });
  user.on_running([&](executor_state) { ++running; });
  user.on_stopped([&](executor_state) { ++stopped; });
  user.stop();
  ASSERT_TRUE(this->world.wait([&] { return stopped != 0; }));
  EXPECT_EQ(seen, (executor_states{executor_state::stopping, executor_state::stopped}));
  EXPECT_EQ(running, 1);
  EXPECT_EQ(stopped, 1);
}

TYPED_TEST_P(ExecutorRows, EndsWhenItsLoopDoesIfItWasDestroyedAwayFromHome) {
  testing::log_capture log;
  auto loop = std::make_unique<manual_loop>();
  auto user = std::make_unique<executor>(
      *loop, executor_options{.context = &this->world.context, .pool = this->world.user.pool()});
  auto future = submit_call(*user, power, 2, 3);
  bool told = false;
  future.on_done([&](const auto&) { told = true; });
  std::thread([&] { user = nullptr; }).join();
  EXPECT_FALSE(future.done());
  loop = nullptr;
  EXPECT_EQ(log.count("away from its home"), 1);
  EXPECT_EQ(future.state(), future_state::cancelled);
  EXPECT_TRUE(told);
}

TYPED_TEST_P(ExecutorRows, MayBeDestroyedAnywhereOnceItHasStopped) {
  testing::log_capture log;
  auto user = std::make_unique<executor>(this->world.loop,
                                         executor_options{.context = &this->world.context});
  auto future = submit_call(*user, power, 2, 3);
  ASSERT_TRUE(this->world.wait(future));
  user->stop();
  std::thread([&] { user = nullptr; }).join();
  ASSERT_TRUE(this->world.loop.run_until([] { return true; }, guard));
  EXPECT_EQ(log.count("away from its home"), 0);
}

// What an executor lets go of when it stops may stop it again.
TYPED_TEST_P(ExecutorRows, StopsOnceThoughADestructorStopsItAgain) {
  auto user = std::make_unique<executor>(this->world.loop,
                                         executor_options{.context = &this->world.context});
  struct stops_again {
    executor* of;
    ~stops_again() {
      EXPECT_THROW(of->stop(), executor_not_running);
      EXPECT_TRUE(of->shutdown(guard).stopped);
    }
  };
  executor_states seen;
  int stopped = 0;
  user->on_state([&, held = std::make_shared<stops_again>(user.get())](executor_state now) {
    seen.push_back(now);
  });
  user->on_stopped([&](executor_state) { ++stopped; });
  user->stop();
  ASSERT_TRUE(this->world.wait([&] { return stopped != 0; }));
  EXPECT_EQ(seen, (executor_states{executor_state::stopping, executor_state::stopped}));
  EXPECT_EQ(stopped, 1);
}

TYPED_TEST_P(ExecutorRows, EndsItsFuturesAlsoAwayFromAHomeThatHasGone) {
  auto loop = std::make_unique<manual_loop>();
  auto user = std::make_unique<executor>(
      *loop, executor_options{.context = &this->world.context, .pool = this->world.user.pool()});
  auto future = submit_call(*user, power, 2, 3);
  bool told = false;
  future.on_done([&](const auto&) { told = true; });
  user->on_state([&](executor_state) { told = true; });
  loop = nullptr;
  std::thread([&] { user = nullptr; }).join();
  EXPECT_TRUE(future.done());
  // There is no home at which that could be.
  EXPECT_FALSE(told);
}

REGISTER_TYPED_TEST_SUITE_P(
    ExecutorRows, StopMethod, StopMethodWithNoJobs, StopMethodRaisesUnlessRunning,
    ShutdownWhenAlreadyStopping, ShutdownDoesNothingIfStopped,
    ShutdownCancelsRunningFuturesAndNothingChangesAfterwards, ShutdownGoesThroughStoppingState,
    ShutdownWaitsForBackgroundTasks, ShutdownTimeout, ShutdownWaitsForEverWhereTheClockCannotCount,
    StopsByItselfAfterAShutdownThatTimedOut, CannotSubmitNewUnlessRunning,
    StopCancelsRunningFutures, RunningAndStopped, TellsConsistentStatesInOrderAndEachOnce,
    MultipleFutures, StopWithMultipleFutures, CannotBeUsedAwayFromHome,
    ShutdownWithoutTimeTakesWhatIsQueued, AnExceptionThatCannotDescribeItselfFailsTheFuture,
    RefusesSubmissionsOfObserversWhileItStops, ShutdownInsideDoneReturns,
    ARefusedSubmissionLeavesNothingBehind, LogsAFailureThatNobodyLookedAtOnce,
    StopEndsByForceWhatDoesNotEndInItsGrace, StopForcesNothingThatEndsInItsGrace,
    ShutdownEndsByForceWhatDoesNotEndInItsGrace, AGraceThatIsLongerThanTheLimitEndsLater,
    TheDestructorEndsByForceWhatItCanAndNamesIt, ALoopThatHasGoneTakesNothingNew,
    CallsLateObserversInTheNextTurn, CallsLateObserversOfRunningWhileItStops,
    TellsOnRunningAlsoIfAnObserverShutsDown, EndsWhenItsLoopDoesIfItWasDestroyedAwayFromHome,
    MayBeDestroyedAnywhereOnceItHasStopped, StopsOnceThoughADestructorStopsItAgain,
    EndsItsFuturesAlsoAwayFromAHomeThatHasGone);

}  // namespace offstage::contract
