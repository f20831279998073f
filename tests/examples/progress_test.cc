// What the progress line says.

#include "examples/digest_tree/progress.h"

#include <gtest/gtest.h>

#include <chrono>

namespace digest_tree {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t mebibyte = 1 << 20;

TEST(ProgressTest, SaysWhatIsKnownWhileFilesAreCounted) {
  const progress shown{{1234567, 5 * mebibyte}, std::nullopt, std::nullopt, std::nullopt};
  EXPECT_EQ(progress_text(shown, 80), "1,234,567 files  5.0 MiB  -/s  -:-- left");
}

TEST(ProgressTest, ShowsABarWhereThereIsRoom) {
  const progress shown{
      {0, 50 * mebibyte}, tree_total{0, 100 * mebibyte}, 2.5 * mebibyte, seconds(20)};
  EXPECT_EQ(
      progress_text(shown, 200),
      "[###############...............]  50%  0/0 files  50 MiB/100 MiB  2.5 MiB/s  0:20 left");
  EXPECT_EQ(progress_text(shown, 64).size(), 64U);
  EXPECT_EQ(progress_text(shown, 64).front(), '[');
  EXPECT_EQ(progress_text(shown, 60).front(), '0');
}

TEST(ProgressTest, IsNeverWiderThanItMayBe) {
  const progress shown{{900, 9}, tree_total{1000, 10}, 1e9, seconds(4000)};
  for (std::size_t columns = 0; columns < 120; ++columns) {
    EXPECT_LE(progress_text(shown, columns).size(), columns);
  }
}

TEST(ProgressTest, SaysHoursAndUnits) {
  const progress shown{{1, 999}, tree_total{1, 1000}, 0.0, seconds(3 * 3600 + 62)};
  EXPECT_EQ(progress_text(shown, 58), "1/1 files  999 B/1.0 KiB  0 B/s  3:01:02 left");
}

TEST(ProgressTest, IsFullForATreeThatGrewSinceItWasCounted) {
  const progress shown{{20, 200}, tree_total{10, 100}, std::nullopt, seconds(0)};
  EXPECT_NE(progress_text(shown, 100).find("100%"), std::string::npos);
}

TEST(ProgressMeterTest, KnowsNoSpeedAtFirst) {
  progress_meter meter;
  const auto shown = meter.measure({}, {0, 0}, tree_total{10, 100});
  EXPECT_FALSE(shown.bytes_per_second);
  EXPECT_FALSE(shown.left);
}

TEST(ProgressMeterTest, MeasuresTheLastSecondsOnly) {
  progress_meter meter;
  const progress_meter::time_point start{};
  const tree_total total{0, 200 * mebibyte};
  // 10 MiB/s for ten seconds, then 1 MiB/s for ten.
  progress shown;
  std::uint64_t done = 0;
  for (int i = 0; i <= 20; ++i) {
    shown = meter.measure(start + seconds(i), {0, done}, total);
    done += (i < 10 ? 10 : 1) * mebibyte;
  }
  EXPECT_DOUBLE_EQ(shown.bytes_per_second.value(), 1.0 * mebibyte);
  EXPECT_EQ(shown.left.value(), seconds(90));
}

TEST(ProgressMeterTest, CountsFilesAsWorkToo) {
  progress_meter meter;
  meter.measure({}, {0, 0}, tree_total{100, 0});
  const auto shown =
      meter.measure(progress_meter::time_point{} + seconds(1), {25, 0}, tree_total{100, 0});
  EXPECT_EQ(shown.left.value(), seconds(3));
}

TEST(ProgressMeterTest, SaysNothingAboutTimeWhenNothingMoves) {
  progress_meter meter;
  meter.measure({}, {0, 0}, tree_total{100, 100});
  const auto shown =
      meter.measure(progress_meter::time_point{} + seconds(1), {0, 0}, tree_total{100, 100});
  EXPECT_EQ(shown.bytes_per_second.value(), 0.0);
  EXPECT_FALSE(shown.left);
}

}  // namespace
}  // namespace digest_tree
