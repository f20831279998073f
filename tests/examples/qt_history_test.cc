// What qt_pi_iterations keeps, and which part of the plane it shows.

#include "examples/qt_pi_iterations/history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numbers>

#include "examples/qt_pi_iterations/plot_range.h"

namespace pi_plot {
namespace {

TEST(HistoryTest, KeepsEvenlySpacedApproximationsAndTheLatest) {
  history kept(10);
  EXPECT_FALSE(kept.latest());
  for (std::int64_t points = 1; points <= 100000; ++points) {
    kept.add({points, 3});
    ASSERT_EQ(kept.latest()->points, points);
    const auto& all = kept.kept();
    ASSERT_LE(all.size(), 10U);
    // From the second half of the limit on, whatever the length of the run.
    ASSERT_GE(all.size(), points < 6 ? static_cast<std::size_t>(points) : 5U);
    ASSERT_EQ(all.front().points, 1);
    if (all.size() < 2) continue;
    const auto spacing = all[1].points - all[0].points;
    for (std::size_t i = 1; i < all.size(); ++i) {
      ASSERT_EQ(all[i].points - all[i - 1].points, spacing) << "after " << points;
    }
    ASSERT_LT(points - all.back().points, spacing);
  }
}

TEST(HalfWidthTest, IsThatOfTheNormalDistribution) {
  // The standard error of four times a share of pi / 4 is 1.642 / sqrt(n).
  EXPECT_NEAR(half_width(10000), 1.96 * 0.01642, 1e-5);
  EXPECT_NEAR(half_width(40000), half_width(10000) / 2, 1e-12);
}

TEST(PlotRangeTest, HoldsTheLatestRightOfTheFirstPartAndItsBand) {
  for (std::int64_t points = 1; points < 4'000'000'000'000; points = points * 3 / 2 + 1) {
    const approximation latest{points, std::numbers::pi + half_width(points)};
    const auto range = range_around(latest);
    EXPECT_TRUE(suits(range, latest)) << points;
    EXPECT_GT(range.points_max, points);
    EXPECT_LE(range.points_max, points * 5 / 2 + 2);
    EXPECT_LE(2 * half_width(range.points_max), (range.high - range.low) / 6 + 1e-12) << points;
    EXPECT_GE(2 * half_width(range.points_max), (range.high - range.low) / 16) << points;
  }
}

TEST(PlotRangeTest, HasLabelsThatAreExact) {
  for (std::int64_t points = 100; points < 4'000'000'000'000; points *= 7) {
    const auto range = range_around({points, std::numbers::pi});
    const double factor = std::pow(10.0, range.decimals);
    for (double at = range.low; at <= range.high; at += range.step) {
      EXPECT_NEAR(at * factor, std::round(at * factor), 1e-4) << points;
    }
  }
}

TEST(PlotRangeTest, IsGivenUpWhenItIsFullOrBegunAnew) {
  const auto range = range_around({3000, std::numbers::pi});
  ASSERT_EQ(range.points_max, 5000);
  EXPECT_TRUE(suits(range, {5000, std::numbers::pi}));
  EXPECT_FALSE(suits(range, {5001, std::numbers::pi}));
  EXPECT_TRUE(suits(range, {500, std::numbers::pi}));
  EXPECT_FALSE(suits(range, {499, std::numbers::pi}));
  EXPECT_FALSE(suits(range, {4000, range.high}));
  EXPECT_FALSE(suits(range, {4000, range.low}));
}

}  // namespace
}  // namespace pi_plot
