// What docs/guide/worker-processes.md and coming-from-python.md quote.

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/offstage.h"

namespace {

constexpr std::chrono::seconds limit{60};

int slow_square(int n) { return n * n; }

// --- What may be passed.

struct measurement {
  std::string sensor;
  std::vector<double> values;
};

template <class Inspector>
auto inspect(Inspector& f, measurement& x) {
  return f(x.sensor, x.values);
}

double mean(const measurement& of) {
  double sum = 0;
  for (const double each : of.values) sum += each;
  return sum / static_cast<double>(of.values.size());
}

// --- What may be done beforehand.

std::vector<int> squares;

void build_tables() {
  for (int i = 0; i < 1000; ++i) squares.push_back(i * i);
}

int look_up(int n) { return squares.at(static_cast<std::size_t>(n)); }

int parent() { return getppid(); }

// --- What may happen.

void write_into_nowhere() { std::abort(); }

void stand_still(offstage::event begun) {
  begun.set();
  for (;;) pause();
}

class WorkerProcessesTest : public ::testing::Test {
 protected:
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
  offstage::executor executor{loop, {.context = &context, .worker_count = 2}};
};

TEST(WorkerProcessesGuideTest, DiffersInOneLine) {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
  offstage::executor executor{loop, context};
  auto future = offstage::submit_call(executor, slow_square, 12);
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.result(), 144);
}

TEST(WorkerProcessesGuideTest, PreloadsWhatItWasTold) {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context{
      {.preload = {offstage::preload_step::function(build_tables)},
       .preload_errors = offstage::on_preload_error::fail}};
  offstage::executor executor{loop, context};
  auto future = offstage::submit_call(executor, look_up, 12);
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.result(), 144);
}

TEST(WorkerProcessesGuideTest, SpawnsWhenItIsAskedTo) {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context{{.method = offstage::start_method::spawn}};
  offstage::executor executor{loop, context};
  auto future = offstage::submit_call(executor, parent);
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.result(), getpid());
}

TEST_F(WorkerProcessesTest, SendsValues) {
  auto future = offstage::submit_call(executor, mean, measurement{"inlet", {1, 2, 6}});
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.result(), 3);
}

TEST_F(WorkerProcessesTest, RefusesWhatCannotBeSent) {
  const double factor = 2;
  std::string refusal;
  try {
    offstage::submit_call(
        executor, [&factor](double x) { return factor * x; }, 3.0);
  } catch (const offstage::not_transferable& refused) {
    refusal = refused.what();  // "... pass what the lambda captures as arguments ..."
  }
  EXPECT_NE(refusal.find("pass what the lambda captures as arguments"), std::string::npos);
  auto future = offstage::submit_call(
      executor, [](double by, double x) { return by * x; }, factor, 3.0);
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.result(), 6);
}

TEST_F(WorkerProcessesTest, LosesOneTaskByACrash) {
  auto crashing = offstage::submit_call(executor, write_into_nowhere);
  auto another = offstage::submit_call(executor, slow_square, 5);
  ASSERT_TRUE(loop.run_until(crashing, limit));
  ASSERT_TRUE(loop.run_until(another, limit));
  EXPECT_EQ(crashing.state(), offstage::future_state::failed);
  EXPECT_EQ(crashing.failure().kind, offstage::failure_kind::infrastructure);
  EXPECT_EQ(another.result(), 25);
}

TEST_F(WorkerProcessesTest, TerminatesATask) {
  const auto begun = context.make_event();
  auto stuck = offstage::submit_call(executor, stand_still, begun);
  ASSERT_TRUE(begun.wait_for(limit));
  stuck.terminate();
  ASSERT_TRUE(loop.run_until(stuck, limit));
  EXPECT_EQ(stuck.state(), offstage::future_state::cancelled);
}

TEST_F(WorkerProcessesTest, GivesGraceToACancel) {
  const auto begun = context.make_event();
  auto stubborn = offstage::submit_call(executor, stand_still, begun);
  ASSERT_TRUE(begun.wait_for(limit));
  stubborn.cancel(std::chrono::milliseconds(10));
  ASSERT_TRUE(loop.run_until(stubborn, limit));
  EXPECT_EQ(stubborn.state(), offstage::future_state::cancelled);
}

}  // namespace
