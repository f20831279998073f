// call_rows: rows 1 to 10, one call.
//
// Question: what does a plain call look like from home, in any context?
// Zone:     home. Bodies are free functions that share nothing but events.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "tests/contract/world.h"

namespace offstage::contract {

inline int power(int base, int exponent) {
  int out = 1;
  for (; exponent > 0; --exponent) out *= base;
  return out;
}

inline int divide(int dividend, int divisor) {
  if (divisor == 0) throw std::domain_error("division by zero");
  return dividend / divisor;
}

inline int begin_wait_and_return(event begun, event until) {
  begin_and_wait(begun, until);
  return 1;
}

inline int begin_wait_and_fail(event begun, event until) {
  begin_and_wait(begun, until);
  throw std::domain_error("after the wait");
}

template <class World>
class CallRows : public ::testing::Test {
 protected:
  World world;
};

TYPED_TEST_SUITE_P(CallRows);

// Row 1.
TYPED_TEST_P(CallRows, SuccessfulCall) {
  auto future = submit_call(this->world.user, power, 2, 3);
  recorded_states seen(future);
  EXPECT_FALSE(future.done());
  EXPECT_THROW(future.result(), not_done);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(future.result(), 8);
  EXPECT_THROW(future.failure(), not_done);
  EXPECT_EQ(seen(),
            (states{future_state::waiting, future_state::executing, future_state::completed}));
}

// Row 2.
TYPED_TEST_P(CallRows, FailedCall) {
  auto future = submit_call(this->world.user, divide, 1, 0);
  recorded_states seen(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_THROW(future.result(), task_failed);
  EXPECT_EQ(future.failure().type, "std::domain_error");
  EXPECT_EQ(future.failure().what, "division by zero");
  EXPECT_EQ(seen(), (states{future_state::waiting, future_state::executing, future_state::failed}));
}

// Row 3.
TYPED_TEST_P(CallRows, CancellationAndStartedRace) {
  const auto begun = this->world.context.make_event();
  auto future = submit_call(
      this->world.user, [](event first) { first.set(); }, begun);
  recorded_states seen(future);
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_TRUE(future.cancellable());
  EXPECT_TRUE(future.cancel());
  ASSERT_TRUE(this->world.wait(future));
  expect_nothing_to_see(future);
  EXPECT_EQ(seen(),
            (states{future_state::waiting, future_state::cancelling, future_state::cancelled}));
}

// Row 4.
TYPED_TEST_P(CallRows, CancellationBeforeExecution) {
  const auto ran = this->world.context.make_event();
  call_future<void> future;
  {
    blocked_pool blocked(this->world);
    future = submit_call(
        this->world.user, [](event first) { first.set(); }, ran);
    recorded_states seen(future);
    EXPECT_TRUE(future.cancel());
    EXPECT_EQ(future.state(), future_state::cancelling);
    // It ends while no worker is free.
    ASSERT_TRUE(this->world.wait(future));
    EXPECT_EQ(seen(),
              (states{future_state::waiting, future_state::cancelling, future_state::cancelled}));
  }
  expect_nothing_to_see(future);
  EXPECT_FALSE(ran.is_set());
}

// Row 5.
TYPED_TEST_P(CallRows, CancellationBeforeSuccess) {
  const auto begun = this->world.context.make_event();
  const auto until = this->world.context.make_event();
  auto future = submit_call(this->world.user, begin_wait_and_return, begun, until);
  recorded_states seen(future);
  ASSERT_TRUE(this->world.wait([&] { return future.state() == future_state::executing; }));
  EXPECT_TRUE(future.cancel());
  EXPECT_FALSE(future.done());
  until.set();
  ASSERT_TRUE(this->world.wait(future));
  expect_nothing_to_see(future);
  EXPECT_EQ(seen(), (states{future_state::waiting, future_state::executing,
                            future_state::cancelling, future_state::cancelled}));
}

// Row 6.
TYPED_TEST_P(CallRows, CancellationBeforeFailure) {
  const auto begun = this->world.context.make_event();
  const auto until = this->world.context.make_event();
  auto future = submit_call(this->world.user, begin_wait_and_fail, begun, until);
  recorded_states seen(future);
  ASSERT_TRUE(this->world.wait([&] { return future.state() == future_state::executing; }));
  EXPECT_TRUE(future.cancel());
  until.set();
  ASSERT_TRUE(this->world.wait(future));
  expect_nothing_to_see(future);
  EXPECT_EQ(seen(), (states{future_state::waiting, future_state::executing,
                            future_state::cancelling, future_state::cancelled}));
}

// Row 7.
TYPED_TEST_P(CallRows, CannotCancelAfterSuccess) {
  auto future = submit_call(this->world.user, power, 2, 3);
  recorded_states seen(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_FALSE(future.cancellable());
  EXPECT_FALSE(future.cancel());
  EXPECT_EQ(future.result(), 8);
  EXPECT_EQ(seen(),
            (states{future_state::waiting, future_state::executing, future_state::completed}));
}

// Row 8.
TYPED_TEST_P(CallRows, CannotCancelAfterFailure) {
  auto future = submit_call(this->world.user, divide, 1, 0);
  recorded_states seen(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_FALSE(future.cancellable());
  EXPECT_FALSE(future.cancel());
  EXPECT_EQ(future.failure().type, "std::domain_error");
  EXPECT_EQ(seen(), (states{future_state::waiting, future_state::executing, future_state::failed}));
}

// Row 9.
TYPED_TEST_P(CallRows, CannotCancelAfterCancel) {
  auto future = submit_call(this->world.user, power, 2, 3);
  recorded_states seen(future);
  EXPECT_TRUE(future.cancel());
  EXPECT_FALSE(future.cancellable());
  EXPECT_FALSE(future.cancel());
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(seen(),
            (states{future_state::waiting, future_state::cancelling, future_state::cancelled}));
}

// Row 10.
TYPED_TEST_P(CallRows, DoubleCancelWhileExecuting) {
  const auto begun = this->world.context.make_event();
  const auto until = this->world.context.make_event();
  auto future = submit_call(this->world.user, begin_wait_and_return, begun, until);
  recorded_states seen(future);
  ASSERT_TRUE(this->world.wait([&] { return future.state() == future_state::executing; }));
  EXPECT_TRUE(future.cancel());
  EXPECT_FALSE(future.cancel());
  until.set();
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(seen(), (states{future_state::waiting, future_state::executing,
                            future_state::cancelling, future_state::cancelled}));
}

REGISTER_TYPED_TEST_SUITE_P(CallRows, SuccessfulCall, FailedCall, CancellationAndStartedRace,
                            CancellationBeforeExecution, CancellationBeforeSuccess,
                            CancellationBeforeFailure, CannotCancelAfterSuccess,
                            CannotCancelAfterFailure, CannotCancelAfterCancel,
                            DoubleCancelWhileExecuting);

}  // namespace offstage::contract
