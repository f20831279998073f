// middle_rows: rows 11 to 36, 46 to 49 and 154 to 165, tasks that say something before they end.
//
// Question: what do iterations, progress and steps look like from home, in any context?
// Zone:     home. Bodies are free functions that share nothing but events.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/contract/world.h"

namespace offstage::contract {

// Bodies of iterations.

inline generator<double> reciprocals(int from, int to) {
  for (int i = from; i <= to; ++i) {
    if (i == 0) throw std::domain_error("division by zero");
    co_yield 1.0 / i;
  }
}

inline generator<int> signal_then_yield(event begun) {
  begun.set();
  co_yield 1;
}

inline generator<int> yield_then_wait(event until, bool fail) {
  co_yield 1;
  until.wait();
  if (fail) throw std::domain_error("after the wait");
  co_yield 2;
}

inline generator<int> yield_wait_and_end(event until) {
  co_yield 1;
  until.wait();
}

inline generator<int> wait_then_fail(event begun, event until) {
  begin_and_wait(begun, until);
  throw std::domain_error("after the wait");
  co_yield 1;
}

// Sets one event when it is made and another when it goes.
class held_resource {
 public:
  held_resource(const event& acquired, event released) : released_(std::move(released)) {
    acquired.set();
  }
  ~held_resource() { released_.set(); }
  held_resource(const held_resource&) = delete;
  held_resource& operator=(const held_resource&) = delete;

 private:
  event released_;
};

inline generator<int> acquire_yield_release(event acquired, event released, event until) {
  held_resource held(acquired, released);
  co_yield 1;
  until.wait();
  co_yield 2;
}

inline generator<int, int> two_items_and_a_result() {
  co_yield 1;
  co_yield 2;
  co_return 45;
}

// An iteration's items, in order.
template <class T>
class recorded_items {
 public:
  template <class Future>
  explicit recorded_items(const Future& future) : seen_(std::make_shared<std::vector<T>>()) {
    future.on_item([seen = seen_](const T& item) { seen->push_back(item); });
  }
  const std::vector<T>& operator()() const { return *seen_; }

 private:
  std::shared_ptr<std::vector<T>> seen_;
};

template <class World>
class IterationRows : public ::testing::Test {
 protected:
  World world;
  event begun = world.context.make_event();
  event until = world.context.make_event();

  template <class Future>
  bool wait_until_executing(const Future& future) {
    return world.wait([&] { return future.state() == future_state::executing; });
  }
};

inline const states completed_states{future_state::waiting, future_state::executing,
                                     future_state::completed};
inline const states failed_states{future_state::waiting, future_state::executing,
                                  future_state::failed};
inline const states cancelled_early_states{future_state::waiting, future_state::cancelling,
                                           future_state::cancelled};
inline const states cancelled_states{future_state::waiting, future_state::executing,
                                     future_state::cancelling, future_state::cancelled};

TYPED_TEST_SUITE_P(IterationRows);

// Row 11.
TYPED_TEST_P(IterationRows, SuccessfulIteration) {
  auto future = submit_iteration(this->world.user, reciprocals, 1, 3);
  recorded_states seen(future);
  recorded_items<double> items(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(items(), (std::vector<double>{1.0, 0.5, 1.0 / 3}));
  EXPECT_NO_THROW(future.result());
  EXPECT_EQ(seen(), completed_states);
}

// Row 12.
TYPED_TEST_P(IterationRows, GeneralIterable) {
  auto future = submit_iteration(this->world.user, [] { return std::vector<int>{0, 2, 4, 6, 8}; });
  recorded_items<int> items(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(items(), (std::vector<int>{0, 2, 4, 6, 8}));
  auto view = submit_iteration(this->world.user, [] { return std::set<int>{3, 1, 2}; });
  recorded_items<int> numbers(view);
  ASSERT_TRUE(this->world.wait(view));
  EXPECT_EQ(numbers(), (std::vector<int>{1, 2, 3}));
}

// Row 14.
TYPED_TEST_P(IterationRows, FailingIteration) {
  auto future = submit_iteration(this->world.user, reciprocals, -2, 1);
  recorded_states seen(future);
  recorded_items<double> items(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(items(), (std::vector<double>{-0.5, -1.0}));
  EXPECT_EQ(future.failure().what, "division by zero");
  EXPECT_EQ(seen(), failed_states);
}

// Row 15.
TYPED_TEST_P(IterationRows, CancelBeforeExecution) {
  auto future = submit_iteration(this->world.user, signal_then_yield, this->begun);
  recorded_states seen(future);
  recorded_items<int> items(future);
  ASSERT_TRUE(this->begun.wait_for(guard));
  EXPECT_TRUE(future.cancel());
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_TRUE(items().empty());
  EXPECT_EQ(seen(), cancelled_early_states);
}

// Rows 16, 19 and 22.
TYPED_TEST_P(IterationRows, CancelDuringIteration) {
  for (const bool fail : {false, true}) {
    const auto release = this->world.context.make_event();
    auto future = submit_iteration(this->world.user, yield_then_wait, release, fail);
    recorded_states seen(future);
    recorded_items<int> items(future);
    ASSERT_TRUE(this->world.wait([&] { return !items().empty(); }));
    EXPECT_TRUE(future.cancel());
    EXPECT_FALSE(future.cancel());
    release.set();
    ASSERT_TRUE(this->world.wait(future));
    EXPECT_EQ(items(), (std::vector<int>{1}));
    expect_nothing_to_see(future);
    EXPECT_EQ(seen(), cancelled_states);
  }
}

// Row 17.
TYPED_TEST_P(IterationRows, CancelBeforeExhausted) {
  auto future = submit_iteration(this->world.user, yield_wait_and_end, this->until);
  recorded_states seen(future);
  recorded_items<int> items(future);
  ASSERT_TRUE(this->world.wait([&] { return !items().empty(); }));
  EXPECT_TRUE(future.cancel());
  this->until.set();
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(items().size(), 1U);
  EXPECT_EQ(seen(), cancelled_states);
}

// Row 18.
TYPED_TEST_P(IterationRows, CancelBeforeStart) {
  blocked_pool blocked(this->world);
  auto future = submit_iteration(this->world.user, signal_then_yield, this->begun);
  recorded_states seen(future);
  recorded_items<int> items(future);
  EXPECT_TRUE(future.cancel());
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_TRUE(items().empty());
  EXPECT_FALSE(this->begun.is_set());
  EXPECT_EQ(seen(), cancelled_early_states);
}

// Rows 20 and 21.
TYPED_TEST_P(IterationRows, CancelBeforeFailure) {
  auto future = submit_iteration(this->world.user, wait_then_fail, this->begun, this->until);
  recorded_states seen(future);
  ASSERT_TRUE(this->wait_until_executing(future));
  EXPECT_TRUE(future.cancel());
  this->until.set();
  ASSERT_TRUE(this->world.wait(future));
  expect_nothing_to_see(future);
  EXPECT_EQ(seen(), cancelled_states);
}

// Row 23.
TYPED_TEST_P(IterationRows, CompletedCancel) {
  auto future = submit_iteration(this->world.user, reciprocals, 1, 3);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_FALSE(future.cancellable());
  EXPECT_FALSE(future.cancel());
}

// Row 24.
TYPED_TEST_P(IterationRows, GeneratorDestroyedOnCancellation) {
  const auto acquired = this->world.context.make_event();
  const auto released = this->world.context.make_event();
  auto future =
      submit_iteration(this->world.user, acquire_yield_release, acquired, released, this->until);
  recorded_items<int> items(future);
  ASSERT_TRUE(this->world.wait([&] { return !items().empty(); }));
  EXPECT_TRUE(acquired.is_set());
  EXPECT_FALSE(released.is_set());
  EXPECT_TRUE(future.cancel());
  this->until.set();
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_TRUE(released.is_set());
  EXPECT_EQ(items().size(), 1U);
}

// Row 26.
TYPED_TEST_P(IterationRows, IterationWithResult) {
  auto future = submit_iteration(this->world.user, two_items_and_a_result);
  recorded_states seen(future);
  recorded_items<int> items(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(items(), (std::vector<int>{1, 2}));
  EXPECT_EQ(future.result(), 45);
  EXPECT_EQ(seen(), completed_states);
}

REGISTER_TYPED_TEST_SUITE_P(IterationRows, SuccessfulIteration, GeneralIterable, FailingIteration,
                            CancelBeforeExecution, CancelDuringIteration, CancelBeforeExhausted,
                            CancelBeforeStart, CancelBeforeFailure, CompletedCancel,
                            GeneratorDestroyedOnCancellation, IterationWithResult);

// Bodies with progress.

using part = std::pair<int, int>;

inline int sum_with_progress(progress<part>& report, std::vector<int> numbers) {
  int sum = 0;
  const int total = static_cast<int>(numbers.size());
  for (int i = 0; i < total; ++i) {
    report({i, total});
    sum += numbers[i];
  }
  report({total, total});
  return sum;
}

inline void report_then_fail(progress<std::string>& report) {
  report("first");
  throw std::domain_error("after the report");
}

inline void begin_and_report(progress<std::string>& report, event begun) {
  begun.set();
  report("first");
}

inline void report_wait_report(progress<std::string>& report, event until, event was_thrown) {
  report("first");
  until.wait();
  try {
    report("second");
  } catch (const task_cancelled&) {
    was_thrown.set();
    throw;
  }
}

inline void begin_wait_fail(progress<std::string>&, event begun, event until) {
  begin_and_wait(begun, until);
  throw std::domain_error("after the wait");
}

inline void report_twice_and_signal(progress<std::string>& report, event ended) {
  report("first");
  report("second");
  ended.set();
}

inline void hold_report_wait_report(progress<std::string>& report, event acquired, event released,
                                    event until) {
  held_resource held(acquired, released);
  report("first");
  until.wait();
  report("second");
}

template <class World>
class ProgressRows : public IterationRows<World> {
 protected:
  template <class Future>
  static std::shared_ptr<std::vector<std::string>> reports_of(const Future& future) {
    auto seen = std::make_shared<std::vector<std::string>>();
    future.on_progress([seen](const std::string& report) { seen->push_back(report); });
    return seen;
  }
};

TYPED_TEST_SUITE_P(ProgressRows);

// Row 27.
TYPED_TEST_P(ProgressRows, Progress) {
  auto future = submit_progress(this->world.user, sum_with_progress, std::vector<int>{1, 2, 3});
  recorded_states seen(future);
  std::vector<part> reports;
  future.on_progress([&](const part& report) { reports.push_back(report); });
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(future.result(), 6);
  EXPECT_EQ(reports, (std::vector<part>{{0, 3}, {1, 3}, {2, 3}, {3, 3}}));
  EXPECT_EQ(seen(), completed_states);
}

// Row 29.
TYPED_TEST_P(ProgressRows, FailedProgress) {
  auto future = submit_progress(this->world.user, report_then_fail);
  recorded_states seen(future);
  const auto reports = this->reports_of(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(future.failure().what, "after the report");
  EXPECT_EQ(*reports, (std::vector<std::string>{"first"}));
  EXPECT_EQ(seen(), failed_states);
}

// Row 30.
TYPED_TEST_P(ProgressRows, CancellationBeforeExecution) {
  auto future = submit_progress(this->world.user, begin_and_report, this->begun);
  recorded_states seen(future);
  const auto reports = this->reports_of(future);
  ASSERT_TRUE(this->begun.wait_for(guard));
  EXPECT_TRUE(future.cancel());
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_TRUE(reports->empty());
  EXPECT_EQ(seen(), cancelled_early_states);
}

// Row 31.
TYPED_TEST_P(ProgressRows, CancellationBeforeBackgroundTaskStarts) {
  blocked_pool blocked(this->world);
  auto future = submit_progress(this->world.user, begin_and_report, this->begun);
  recorded_states seen(future);
  EXPECT_TRUE(future.cancel());
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_FALSE(this->begun.is_set());
  EXPECT_EQ(seen(), cancelled_early_states);
}

// Rows 32 and 33.
TYPED_TEST_P(ProgressRows, ProgressAllowsCancellation) {
  const auto was_thrown = this->world.context.make_event();
  auto future = submit_progress(this->world.user, report_wait_report, this->until, was_thrown);
  recorded_states seen(future);
  const auto reports = this->reports_of(future);
  ASSERT_TRUE(this->world.wait([&] { return !reports->empty(); }));
  EXPECT_TRUE(future.cancel());
  EXPECT_FALSE(future.cancel());
  this->until.set();
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_TRUE(was_thrown.is_set());
  EXPECT_EQ(*reports, (std::vector<std::string>{"first"}));
  EXPECT_EQ(seen(), cancelled_states);
}

// Row 34.
TYPED_TEST_P(ProgressRows, CancelRaisingTask) {
  auto future = submit_progress(this->world.user, begin_wait_fail, this->begun, this->until);
  recorded_states seen(future);
  ASSERT_TRUE(this->wait_until_executing(future));
  EXPECT_TRUE(future.cancel());
  this->until.set();
  ASSERT_TRUE(this->world.wait(future));
  expect_nothing_to_see(future);
  EXPECT_EQ(seen(), cancelled_states);
}

// Row 35.
TYPED_TEST_P(ProgressRows, ProgressMessagesAfterCancellation) {
  auto future = submit_progress(this->world.user, report_twice_and_signal, this->begun);
  recorded_states seen(future);
  const auto reports = this->reports_of(future);
  ASSERT_TRUE(this->begun.wait_for(guard));
  EXPECT_TRUE(future.cancel());
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_TRUE(reports->empty());
  EXPECT_EQ(seen(), cancelled_early_states);
}

// Row 36.
TYPED_TEST_P(ProgressRows, ProgressCleanupOnCancellation) {
  const auto acquired = this->world.context.make_event();
  const auto released = this->world.context.make_event();
  auto future =
      submit_progress(this->world.user, hold_report_wait_report, acquired, released, this->until);
  const auto reports = this->reports_of(future);
  ASSERT_TRUE(this->world.wait([&] { return !reports->empty(); }));
  EXPECT_TRUE(acquired.is_set());
  EXPECT_FALSE(released.is_set());
  EXPECT_TRUE(future.cancel());
  this->until.set();
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_TRUE(released.is_set());
}

REGISTER_TYPED_TEST_SUITE_P(ProgressRows, Progress, FailedProgress, CancellationBeforeExecution,
                            CancellationBeforeBackgroundTaskStarts, ProgressAllowsCancellation,
                            CancelRaisingTask, ProgressMessagesAfterCancellation,
                            ProgressCleanupOnCancellation);

// Bodies in steps.

inline int without_reports(steps_reporter&) { return 45; }

inline void failing_steps(steps_reporter&) { throw std::domain_error("division by zero"); }

inline void simple_steps(steps_reporter& steps) {
  steps.step("one");
  steps.step("two");
  steps.stop("end");
}

inline void irregular_steps(steps_reporter& steps) {
  steps.step("two", 2);
  steps.step("five", 5);
  steps.step("three", 3);
  steps.stop("end");
}

inline void two_steps_without_a_stop(steps_reporter& steps) {
  steps.step("one");
  steps.step("two");
}

inline void steps_of_a_list_made_on_the_way(steps_reporter& steps) {
  steps.step("listing", 0);
  steps.set_total(3);
  steps.step("reading", 3);
  steps.set_total(4);
  steps.step("one more");
  steps.stop("end");
}

inline void step_wait_step(steps_reporter& steps, event until, event reached) {
  steps.step("one");
  until.wait();
  steps.step("two");
  reached.set();
}

inline void step_wait_stop(steps_reporter& steps, event until, event reached) {
  steps.step("one");
  until.wait();
  steps.stop("end");
  reached.set();
}

template <class World>
class StepsRows : public IterationRows<World> {
 protected:
  using state = std::tuple<std::uint64_t, std::uint64_t, std::string>;

  // (total, complete, message), the present one first, then after each change of the message.
  template <class Future>
  static std::shared_ptr<std::vector<state>> states_of(const Future& future) {
    auto seen = std::make_shared<std::vector<state>>();
    const auto record = [seen](const auto& now) {
      seen->push_back({now.total(), now.complete(), now.message()});
    };
    record(future);
    future.on_message(record);
    return seen;
  }
};

TYPED_TEST_SUITE_P(StepsRows);

// Rows 154 to 156. Adapted: the reporter is the callable's first parameter, by type.
TYPED_TEST_P(StepsRows, Result) {
  auto future = submit_steps(this->world.user, 0, "initial", without_reports);
  recorded_states seen(future);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(future.result(), 45);
  EXPECT_EQ(seen(), completed_states);
}

// Row 157.
TYPED_TEST_P(StepsRows, Error) {
  auto future = submit_steps(this->world.user, 0, "initial", failing_steps);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(future.failure().type, "std::domain_error");
}

// Row 158.
TYPED_TEST_P(StepsRows, StateChangesNoReports) {
  auto future = submit_steps(this->world.user, 0, "initial", without_reports);
  const auto seen = this->states_of(future);
  ASSERT_TRUE(this->world.wait(future));
  using state = typename std::decay_t<decltype(*seen)>::value_type;
  EXPECT_EQ(*seen, (std::vector<state>{{0, 0, "initial"}}));
}

// Rows 159 and 164.
TYPED_TEST_P(StepsRows, SimpleMessages) {
  auto future = submit_steps(this->world.user, 2, "initial", simple_steps);
  EXPECT_EQ(future.total(), 2U);
  EXPECT_EQ(future.message(), "initial");
  const auto seen = this->states_of(future);
  ASSERT_TRUE(this->world.wait(future));
  using state = typename std::decay_t<decltype(*seen)>::value_type;
  EXPECT_EQ(*seen,
            (std::vector<state>{{2, 0, "initial"}, {2, 0, "one"}, {2, 1, "two"}, {2, 2, "end"}}));
}

// Row 160.
TYPED_TEST_P(StepsRows, IrregularStepSizes) {
  auto future = submit_steps(this->world.user, 10, "initial", irregular_steps);
  std::vector<std::uint64_t> complete{future.complete()};
  future.on_message([&](const auto& now) { complete.push_back(now.complete()); });
  int changes = 0;
  future.on_complete([&](const auto&) { ++changes; });
  int totals = 0;
  future.on_total([&](const auto&) { ++totals; });
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(complete, (std::vector<std::uint64_t>{0, 0, 2, 7, 10}));
  // Only what differs is told.
  EXPECT_EQ(changes, 3);
  EXPECT_EQ(totals, 0);
}

// Row 161.
TYPED_TEST_P(StepsRows, NoStop) {
  auto future = submit_steps(this->world.user, 2, "initial", two_steps_without_a_stop);
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(future.state(), future_state::completed);
  EXPECT_EQ(future.complete(), 1U);
  EXPECT_EQ(future.message(), "two");
}

TYPED_TEST_P(StepsRows, TotalThatIsKnownOnTheWay) {
  auto future = submit_steps(this->world.user, 0, "initial", steps_of_a_list_made_on_the_way);
  EXPECT_EQ(future.total(), 0U);
  std::vector<std::uint64_t> totals;
  future.on_total([&](const auto& now) { totals.push_back(now.total()); });
  std::string messages;
  future.on_message([&](const auto& now) { messages += now.message() + ", "; });
  ASSERT_TRUE(this->world.wait(future));
  EXPECT_EQ(totals, (std::vector<std::uint64_t>{3, 4}));
  EXPECT_EQ(messages, "listing, reading, one more, end, ");
  EXPECT_EQ(future.complete(), 4U);
}

// Rows 162 and 163.
TYPED_TEST_P(StepsRows, CancellationOnStepAndOnStop) {
  for (const auto body : {step_wait_step, step_wait_stop}) {
    const auto release = this->world.context.make_event();
    const auto reached = this->world.context.make_event();
    auto future = submit_steps(this->world.user, 2, "initial", body, release, reached);
    recorded_states seen(future);
    ASSERT_TRUE(this->world.wait([&] { return future.message() == "one"; }));
    EXPECT_TRUE(future.cancel());
    release.set();
    ASSERT_TRUE(this->world.wait(future));
    EXPECT_FALSE(reached.is_set());
    EXPECT_EQ(future.message(), "one");
    EXPECT_EQ(future.complete(), 0U);
    EXPECT_EQ(seen(), cancelled_states);
  }
}

REGISTER_TYPED_TEST_SUITE_P(StepsRows, Result, Error, StateChangesNoReports, SimpleMessages,
                            IrregularStepSizes, NoStop, TotalThatIsKnownOnTheWay,
                            CancellationOnStepAndOnStop);

}  // namespace offstage::contract
