// future_rows: rows 37 to 45, 145, 146, 148, 150 and 151, what all futures have in common.
//
// Question: are the things that a future says consistent, and told once, in order?
// Zone:     home. Bodies are free functions that share nothing but events.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "tests/contract/call_rows.h"
#include "tests/contract/world.h"
#include "tests/support/log_capture.h"

namespace offstage::contract {

// How a future may live, as in the seven valid words of row 42.
enum class life {
  returned,
  raised,
  cancelled_then_returned,
  cancelled_then_raised,
  cancelled_early_then_returned,
  cancelled_early_then_raised,
  abandoned,
};

inline constexpr life lives[] = {
    life::returned,
    life::raised,
    life::cancelled_then_returned,
    life::cancelled_then_raised,
    life::cancelled_early_then_returned,
    life::cancelled_early_then_raised,
    life::abandoned,
};

inline int live(event begun, event until, bool fail) {
  begin_and_wait(begun, until);
  if (fail) throw std::domain_error("as asked");
  return 1;
}

/// Lets a future live in a certain way; `watch` is called with it right after the submission.
template <class World, class Watch>
void let_live(World& world, life how, Watch&& watch) {
  const auto begun = world.context.make_event();
  const auto until = world.context.make_event();
  const bool fail = how == life::raised || how == life::cancelled_then_raised ||
                    how == life::cancelled_early_then_raised;
  std::unique_ptr<blocked_pool<World>> blocked;
  if (how == life::abandoned) blocked = std::make_unique<blocked_pool<World>>(world);
  auto future = submit_call(world.user, live, begun, until, fail);
  watch(future);
  switch (how) {
    case life::returned:
    case life::raised:
      break;
    case life::cancelled_then_returned:
    case life::cancelled_then_raised:
      ASSERT_TRUE(world.wait([&] { return future.state() == future_state::executing; }));
      ASSERT_TRUE(future.cancel());
      break;
    case life::cancelled_early_then_returned:
    case life::cancelled_early_then_raised:
      ASSERT_TRUE(begun.wait_for(guard));
      ASSERT_TRUE(future.cancel());
      break;
    case life::abandoned:
      ASSERT_TRUE(future.cancel());
      break;
  }
  until.set();
  ASSERT_TRUE(world.wait(future));
}

template <class World>
class FutureRows : public ::testing::Test {
 protected:
  World world;
};

TYPED_TEST_SUITE_P(FutureRows);

// Rows 37 to 41, and 42 as far as a live future goes; the pure machine is tried with every word.
TYPED_TEST_P(FutureRows, CancellableAndDoneAgreeWithTheStateAndChangeOnce) {
  for (const auto how : lives) {
    int cancellable_changes = 0;
    int done_changes = 0;
    int inconsistent = 0;
    const auto check = [&](const auto& future) {
      inconsistent += future.cancellable() != is_cancellable(future.state()) ? 1 : 0;
      inconsistent += future.done() != is_done(future.state()) ? 1 : 0;
    };
    let_live(this->world, how, [&](const auto& future) {
      check(future);
      EXPECT_TRUE(future.cancellable());
      EXPECT_FALSE(future.done());
      future.on_state([&](const auto& changed) { check(changed); });
      future.on_cancellable([&](const auto& changed) {
        check(changed);
        EXPECT_FALSE(changed.cancellable());
        ++cancellable_changes;
      });
      future.on_done([&](const auto& changed) {
        check(changed);
        EXPECT_TRUE(changed.done());
        ++done_changes;
      });
    });
    EXPECT_EQ(inconsistent, 0);
    EXPECT_EQ(cancellable_changes, 1);
    EXPECT_EQ(done_changes, 1);
  }
}

// Row 43, D11: what a future needs to be cancelled is let go when it is done. Adapted: that is the
// executor and the record; watched through the record, which holds what the observer captured.
TYPED_TEST_P(FutureRows, LetsGoOfObserversWhenDone) {
  for (const auto how : lives) {
    auto watched = std::make_shared<int>(1);
    const std::weak_ptr<int> alive = watched;
    call_future<int> kept;
    let_live(this->world, how, [&](const auto& future) {
      kept = future;
      future.on_done([held = watched](const auto&) { EXPECT_EQ(*held, 1); });
      future.on_state([held = std::move(watched)](const auto&) { EXPECT_EQ(*held, 1); });
      EXPECT_FALSE(alive.expired());
    });
    EXPECT_TRUE(kept.done());
    EXPECT_TRUE(alive.expired());
    EXPECT_FALSE(kept.cancel());
  }
}

// Rows 44 and 45. Adapted: a handle without a task is valid C++, and says what is missing.
TYPED_TEST_P(FutureRows, CanBeConstructedWithoutATask) {
  static_assert(std::is_default_constructible_v<call_future<int>>);
  static_assert(std::is_copy_constructible_v<call_future<std::unique_ptr<int>>>);
  const call_future<int> none;
  EXPECT_FALSE(none.valid());
  EXPECT_THROW(none.state(), not_done);
  EXPECT_THROW(none.cancel(), not_done);
  EXPECT_THROW(none.result(), not_done);
  EXPECT_THROW(none.on_done([](const auto&) {}), not_done);
}

TYPED_TEST_P(FutureRows, CannotBeUsedAwayFromHome) {
  auto open = submit_call(this->world.user, power, 2, 3);
  auto done = submit_call(this->world.user, power, 2, 3);
  auto failed = submit_call(this->world.user, divide, 1, 0);
  ASSERT_TRUE(this->world.wait(done) && this->world.wait(failed));
  std::thread([&] {
    for (const auto& each : {open, done, failed}) {
      EXPECT_THROW(each.state(), wrong_sequence);
      EXPECT_THROW(each.cancellable(), wrong_sequence);
      EXPECT_THROW(each.done(), wrong_sequence);
      EXPECT_THROW(each.result(), wrong_sequence);
      EXPECT_THROW(each.take_result(), wrong_sequence);
      EXPECT_THROW(each.failure(), wrong_sequence);
      EXPECT_THROW(each.why(), wrong_sequence);
      EXPECT_THROW(each.cancel(), wrong_sequence);
      EXPECT_THROW(each.cancel(guard), wrong_sequence);
      EXPECT_THROW(each.terminate(), wrong_sequence);
      EXPECT_THROW(each.on_state([] {}), wrong_sequence);
      EXPECT_THROW(each.on_cancellable([] {}), wrong_sequence);
      EXPECT_THROW(each.on_done([] {}), wrong_sequence);
      EXPECT_THROW(each.on_result([] {}), wrong_sequence);
      EXPECT_THROW(each.on_failure([] {}), wrong_sequence);
      // These never change.
      EXPECT_TRUE(each.valid());
      EXPECT_NE(each.id(), 0U);
      EXPECT_TRUE(each == each);
    }
  }).join();
  EXPECT_EQ(done.result(), 8);
  EXPECT_EQ(failed.state(), future_state::failed);
  ASSERT_TRUE(this->world.wait(open));
}

TYPED_TEST_P(FutureRows, GivesObserversWhatTheyTake) {
  auto good = submit_call(this->world.user, power, 2, 3);
  auto bad = submit_call(this->world.user, divide, 1, 0);
  int nothing = 0;
  states told;
  int result = 0;
  int both = 0;
  std::string why;
  good.on_state([&](future_state now) { told.push_back(now); });
  good.on_done([&] { ++nothing; });
  good.on_done([&](const call_future<int>& done, future_state last) {
    both = last == future_state::completed ? done.result() : -1;
  });
  good.on_cancellable([&](future_state now) { nothing += is_cancellable(now) ? 100 : 1; });
  good.on_result([&](int value) { result = value; });
  good.on_failure([&] { nothing += 100; });
  bad.on_failure([&](const failure& seen) { why = seen.what; });
  bad.on_result([&](int) { nothing += 100; });
  ASSERT_TRUE(this->world.wait(good) && this->world.wait(bad));
  EXPECT_EQ(told.back(), future_state::completed);
  EXPECT_EQ(nothing, 2);
  EXPECT_EQ(result, 8);
  EXPECT_EQ(both, 8);
  EXPECT_EQ(why, bad.failure().what);
  // What is registered late is given the same.
  result = 0;
  good.on_result([&](const auto& done, int value) { result = value + done.result(); });
  ASSERT_TRUE(this->world.wait([&] { return result != 0; }));
  EXPECT_EQ(result, 16);
}

TYPED_TEST_P(FutureRows, TellsWhoObservesAResultThatWasTaken) {
  const testing::log_capture log;
  auto future = submit_call(this->world.user, power, 2, 3);
  int taken = 0;
  int seen = 0;
  int ended = 0;
  future.on_result([&](const auto& done) { taken = done.take_result(); });
  future.on_result([&](int value) { seen = value; });
  future.on_result([&] { ++ended; });
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(taken, 8);
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(log.count("the result was taken before"), 1);
}

// Row 145.
TYPED_TEST_P(FutureRows, TellsStateThenCancellableThenDone) {
  for (const auto how : lives) {
    std::string told;
    let_live(this->world, how, [&](const auto& future) {
      // Registered in another order on purpose.
      future.on_done([&](const auto& now) { told += now.cancellable() ? 'x' : 'D'; });
      future.on_cancellable([&](const auto& now) { told += now.cancellable() ? 'x' : 'C'; });
      future.on_state(
          [&](const auto& now) { told += is_done(now.state()) == now.done() ? 'S' : 'x'; });
    });
    switch (how) {
      case life::returned:
      case life::raised:
        EXPECT_EQ(told, "SSCD");
        break;
      case life::cancelled_then_returned:
      case life::cancelled_then_raised:
        EXPECT_EQ(told, "SSCSD");
        break;
      case life::cancelled_early_then_returned:
      case life::cancelled_early_then_raised:
      case life::abandoned:
        EXPECT_EQ(told, "SCSD");
        break;
    }
  }
}

// Row 146.
TYPED_TEST_P(FutureRows, ShowsResultAndFailureInTheNotificationOfTheFinalState) {
  int results = 0;
  auto returned = submit_call(this->world.user, power, 2, 3);
  returned.on_state([&](const auto& future) {
    if (future.state() == future_state::completed) results += future.result();
  });
  ASSERT_TRUE(this->world.wait(returned));
  EXPECT_EQ(results, 8);
  std::string why;
  auto raised = submit_call(this->world.user, divide, 1, 0);
  raised.on_state([&](const auto& future) {
    if (future.state() == future_state::failed) why = future.failure().what;
  });
  ASSERT_TRUE(this->world.wait(raised));
  EXPECT_EQ(why, "division by zero");
}

// Row 148.
TYPED_TEST_P(FutureRows, LogsAnObserverThatThrowsAndGoesOn) {
  testing::log_capture log;
  int told = 0;
  auto future = submit_call(this->world.user, power, 2, 3);
  future.on_state([&](const auto&) { throw std::runtime_error("observer's own trouble"); });
  future.on_state([&](const auto&) { ++told; });
  future.on_done([&](const auto&) { throw 42; });
  future.on_done([&](const auto&) { ++told; });
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(told, 3);
  EXPECT_EQ(future.result(), 8);
  EXPECT_EQ(log.count("observer's own trouble"), 2);
  EXPECT_EQ(log.count("42"), 1);
}

// Row 150. Adapted: the worker sees the request by its stop token.
TYPED_TEST_P(FutureRows, AsksTheTaskBeforeItTellsCancelling) {
  blocked_pool blocked(this->world);
  auto future = submit_call(this->world.user, power, 2, 3);
  bool told = false;
  future.on_state([&](const auto& now) {
    if (now.state() != future_state::cancelling) return;
    told = true;
    // The pool has let go of it: its final message is on its way already.
    EXPECT_EQ(this->world.user.open_tasks(), 1U + TypeParam::workers);
  });
  EXPECT_TRUE(future.cancel());
  EXPECT_TRUE(told);
  ASSERT_TRUE(this->world.wait(future));
}

// Row 151.
TYPED_TEST_P(FutureRows, ObserversMaySubmit) {
  std::vector<int> results;
  std::function<void(int)> next = [&](int n) {
    submit_call(this->world.user, power, n, 2).on_result([&, n](const auto& future) {
      results.push_back(future.result());
      if (n < 5) next(n + 1);
    });
  };
  next(1);
  ASSERT_TRUE(this->world.wait([&] { return results.size() == 5; }));
  EXPECT_EQ(results, (std::vector{1, 4, 9, 16, 25}));
}

REGISTER_TYPED_TEST_SUITE_P(FutureRows, CancellableAndDoneAgreeWithTheStateAndChangeOnce,
                            LetsGoOfObserversWhenDone, CanBeConstructedWithoutATask,
                            CannotBeUsedAwayFromHome, GivesObserversWhatTheyTake,
                            TellsWhoObservesAResultThatWasTaken, TellsStateThenCancellableThenDone,
                            ShowsResultAndFailureInTheNotificationOfTheFinalState,
                            LogsAnObserverThatThrowsAndGoesOn, AsksTheTaskBeforeItTellsCancelling,
                            ObserversMaySubmit);

}  // namespace offstage::contract
