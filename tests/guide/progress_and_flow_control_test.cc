// What docs/guide/progress-and-flow-control.md quotes.

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "actors/offstage.h"

namespace {

constexpr std::chrono::seconds limit{60};

std::vector<std::string> names_in(const std::string& folder) {
  return {folder + "/a", folder + "/b"};
}

offstage::generator<int, std::string> countdown(int from) {
  for (int n = from; n > 0; --n) co_yield n;
  co_return "lift-off";
}

double mean_of(offstage::progress<std::size_t>& report, const std::vector<double>& numbers) {
  double sum = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    report(i);
    sum += numbers[i];
  }
  return sum / static_cast<double>(numbers.size());
}

class ProgressTest : public ::testing::Test {
 protected:
  offstage::manual_loop loop;
  offstage::multithreading_context context;
  offstage::executor executor{loop, {.context = &context, .worker_count = 1}};
};

TEST_F(ProgressTest, SendsTheItemsOfAContainer) {
  auto future = offstage::submit_iteration(executor, names_in, "music");
  std::vector<std::string> shown;
  future.on_item([&](const std::string& name) { shown.push_back(name); });
  loop.run_until(future);
  EXPECT_EQ(shown, (std::vector<std::string>{"music/a", "music/b"}));
}

TEST_F(ProgressTest, SendsWhatAGeneratorYieldsAndReturns) {
  auto future = offstage::submit_iteration(executor, countdown, 3);
  std::string shown;
  future.on_item([&](int n) { shown += std::to_string(n) + ", "; });
  future.on_result([&](const auto& done) { shown += done.result(); });
  loop.run_until(future);
  EXPECT_EQ(shown, "3, 2, 1, lift-off");
}

TEST_F(ProgressTest, TellsReports) {
  auto future = offstage::submit_progress(executor, mean_of, std::vector<double>{1, 2, 6});
  std::vector<std::size_t> reports;
  future.on_progress([&](std::size_t done) { reports.push_back(done); });
  loop.run_until(future);
  EXPECT_EQ(reports, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(future.result(), 3);
}

TEST_F(ProgressTest, NeedsTheTypeOfAGenericReport) {
  auto future = offstage::submit_progress<int>(executor, [](auto& report) { report(5); });
  int shown = 0;
  future.on_progress([&](int now) { shown = now; });
  loop.run_until(future);
  EXPECT_EQ(shown, 5);
}

TEST_F(ProgressTest, DeliversTheLatestValue) {
  const auto at_end = context.make_event();
  auto future = offstage::submit_progress(executor, {offstage::delivery::latest_value},
                                          [at_end](offstage::progress<int>& report) {
                                            for (int i = 1; i <= 100000; ++i)
                                              report(i);  // Never waits for home.
                                            at_end.set();
                                          });
  std::vector<int> reports;
  future.on_progress([&](int now) { reports.push_back(now); });
  at_end.wait();  // Home was busy all the time.
  loop.run_until(future);
  EXPECT_EQ(reports, std::vector<int>{100000});
}

TEST_F(ProgressTest, HoldsAProducerThatIsTooFast) {
  std::atomic<int> reported{0};
  auto future = offstage::submit_progress(executor, [&](offstage::progress<int>& report) {
    for (int i = 0; i < 5000; ++i) {
      report(i);
      ++reported;
    }
  });
  // However long home takes, no more than this is on its way.
  int on_their_way_max = 0;
  int seen = 0;
  future.on_progress([&](int) {
    on_their_way_max = std::max(on_their_way_max, reported - seen);
    ++seen;
  });
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(seen, 5000);
  EXPECT_LE(on_their_way_max, 1024);
}

TEST_F(ProgressTest, TellsStepsThatDiffer) {
  auto future = offstage::submit_steps(executor, {.total = 3, .message = "waiting"},
                                       [](offstage::steps_reporter& steps) {
                                         steps.step("reading", 2);
                                         steps.step("writing");
                                         steps.stop("written");
                                       });
  EXPECT_EQ(future.message(), "waiting");
  std::vector<std::string> shown;
  future.on_message([&](const auto& now) {
    shown.push_back(now.message() + ' ' + std::to_string(now.complete()));
  });
  loop.run_until(future);
  EXPECT_EQ(shown, (std::vector<std::string>{"reading 0", "writing 2", "written 3"}));
}

TEST_F(ProgressTest, LimitsATurnOfTheLoop) {
  loop.set_turn_budget(std::chrono::microseconds(500));
  EXPECT_THROW(loop.set_turn_budget(std::chrono::nanoseconds(0)), offstage::invalid_options);
}

}  // namespace
