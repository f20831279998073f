// What docs/guide/cancelling.md quotes.

#include <gtest/gtest.h>

#include <pthread.h>
#include <array>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/offstage.h"

namespace {

constexpr std::chrono::seconds limit{60};

std::string thread_name() {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

// Waits for a signal, or for a cancel.
void wait_for_signal(std::stop_token stop, offstage::event begun, offstage::event signal) {
  const std::stop_callback wake(stop, [&] { signal.set(); });
  begun.set();
  signal.wait();
}

long count_rounds(offstage::event begun, offstage::event enough) {
  begun.set();
  long rounds = 0;
  while (!enough.is_set()) ++rounds;
  return rounds;
}

int rows_written = 0;

// Writes rows until it is cancelled, and says how many there are.
struct table_file {
  ~table_file() { rows_written = rows; }
  int rows = 0;
};

void write_rows(offstage::progress<int>& report) {
  table_file file;
  for (;;) report(++file.rows);
}

offstage::generator<int> even_numbers() {
  for (int n = 0;; n += 2) co_yield n;
}

class CancellingTest : public ::testing::Test {
 protected:
  offstage::manual_loop loop;
  offstage::multithreading_context context;
  offstage::executor executor{loop, {.context = &context, .worker_count = 1}};
};

TEST_F(CancellingTest, WakesABodyThatWaits) {
  const auto begun = context.make_event();
  const auto signal = context.make_event();
  auto future = offstage::submit_call(executor, wait_for_signal, begun, signal);
  ASSERT_TRUE(begun.wait_for(limit));
  future.cancel();
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
  EXPECT_TRUE(signal.is_set());
}

TEST_F(CancellingTest, EndsABodyEarlyWithItsResult) {
  const auto begun = context.make_event();
  const auto enough = context.make_event();
  auto future = offstage::submit_call(executor, count_rounds, begun, enough);
  begun.wait();
  enough.set();
  loop.run_until(future);
  EXPECT_GE(future.result(), 0);  // Not cancelled: there is a result.
}

TEST_F(CancellingTest, ThrowsInTheBodyAtTheNextReport) {
  auto future = offstage::submit_progress(executor, write_rows);
  future.on_progress([](const auto& writing, int rows) {
    if (rows == 100) writing.cancel();
  });
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
  EXPECT_GE(rows_written, 100);
}

TEST_F(CancellingTest, DestroysAGeneratorBetweenTwoItems) {
  auto future = offstage::submit_iteration(executor, even_numbers);
  std::vector<int> seen;
  future.on_item([&](const auto& iteration, int number) {
    seen.push_back(number);
    if (number >= 8) iteration.cancel();
  });
  loop.run_until(future);
  EXPECT_EQ(seen, (std::vector<int>{0, 2, 4, 6, 8}));
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
}

TEST_F(CancellingTest, CancelsWhatWaitsWithoutRunningIt) {
  const auto begun = context.make_event();
  const auto go_on = context.make_event();
  auto first = offstage::submit_call(executor, count_rounds, begun, go_on);
  bool ran = false;
  auto second = offstage::submit_call(executor, [&] { ran = true; });
  begun.wait();
  EXPECT_TRUE(second.cancel());  // The only worker is busy.
  EXPECT_EQ(second.state(), offstage::future_state::cancelling);
  loop.run_until(second);
  EXPECT_EQ(second.state(), offstage::future_state::cancelled);
  EXPECT_FALSE(ran);
  go_on.set();
  ASSERT_TRUE(loop.run_until(first, limit));
  EXPECT_EQ(first.state(), offstage::future_state::completed);
}

TEST_F(CancellingTest, SaysWhetherACancelChangedAnything) {
  const auto begun = context.make_event();
  const auto go_on = context.make_event();
  auto future = offstage::submit_call(executor, count_rounds, begun, go_on);
  begun.wait();
  EXPECT_TRUE(future.cancel());
  EXPECT_FALSE(future.cancel());  // Cancelling already.
  EXPECT_FALSE(future.cancellable());
  go_on.set();
  loop.run_until(future);
  EXPECT_FALSE(future.cancel());  // Done.
  // It returned, but nobody wanted the result any more.
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
  EXPECT_THROW(future.result(), offstage::task_cancelled);
}

TEST_F(CancellingTest, HidesWhatABodyThrowsAfterACancel) {
  auto future = offstage::submit_call(executor, [](std::stop_token stop) {
    while (!stop.stop_requested()) {
    }
    throw std::runtime_error("half written");
  });
  ASSERT_TRUE(
      loop.run_until([&] { return future.state() == offstage::future_state::executing; }, limit));
  future.cancel();
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
}

TEST_F(CancellingTest, CallsStopCallbacksOnASideThread) {
  const auto begun = context.make_event();
  const auto called = context.make_event();
  std::string where;
  std::string where_late;
  auto future = offstage::submit_call(executor, [&](std::stop_token stop) {
    const std::stop_callback wake(stop, [&] {
      where = thread_name();
      called.set();
    });
    begun.set();
    called.wait();
    const std::stop_callback late(stop, [&] { where_late = thread_name(); });
  });
  begun.wait();
  future.cancel();
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(where, "offstage-side");
  EXPECT_EQ(where_late, "offstage-crew");
}

TEST_F(CancellingTest, FailsWhereABodySaysCancelledThoughItIsNot) {
  auto future = offstage::submit_call(executor, [] { throw offstage::task_cancelled("mine"); });
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.failure().kind, offstage::failure_kind::raised);
}

}  // namespace
