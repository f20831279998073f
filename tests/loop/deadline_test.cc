#include "actors/loop/deadline.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>

namespace offstage {
namespace {

using std::chrono::duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(TimeLimitTest, IsAsLongAsItsDurationWhateverTheUnit) {
  EXPECT_EQ(time_limit(hours(24)).time(), hours(24));
  EXPECT_EQ(time_limit(seconds(3)).time(), seconds(3));
  EXPECT_EQ(time_limit(nanoseconds(1)).time(), nanoseconds(1));
  EXPECT_EQ(time_limit(duration<double>(0.5)).time(), milliseconds(500));
  EXPECT_EQ(time_limit(duration<float, std::ratio<60>>(1.5F)).time(), seconds(90));
  EXPECT_EQ((time_limit(duration<std::uint8_t>(200)).time()), seconds(200));
  EXPECT_EQ((time_limit(duration<std::uint64_t, std::nano>(7)).time()), nanoseconds(7));
  // 292 years are the clock's; these are a few days less.
  EXPECT_EQ(time_limit(hours(2562047)).time(), hours(2562047));
}

TEST(TimeLimitTest, IsForEverWhereTheClockCannotCount) {
  EXPECT_TRUE(time_limit().for_ever());
  EXPECT_TRUE(time_limit(std::nullopt).for_ever());
  EXPECT_TRUE(time_limit(nanoseconds::max()).for_ever());
  EXPECT_TRUE(time_limit(milliseconds::max()).for_ever());
  EXPECT_TRUE(time_limit(seconds::max()).for_ever());
  EXPECT_TRUE(time_limit(hours::max()).for_ever());
  EXPECT_TRUE(time_limit(hours(2562048)).for_ever());
  EXPECT_TRUE((time_limit(duration<std::uint64_t>::max()).for_ever()));
  EXPECT_TRUE((time_limit(duration<std::int64_t, std::exa>(1)).for_ever()));
  EXPECT_TRUE((time_limit(duration<std::uint64_t, std::exa>::max()).for_ever()));
  EXPECT_TRUE(time_limit(duration<double>::max()).for_ever());
  EXPECT_TRUE((time_limit(duration<double, std::exa>::max()).for_ever()));
  EXPECT_TRUE((time_limit(duration<long double, std::nano>::max()).for_ever()));
  EXPECT_TRUE(time_limit(duration<double>(std::numeric_limits<double>::infinity())).for_ever());
  EXPECT_TRUE(time_limit(duration<float>(std::numeric_limits<float>::quiet_NaN())).for_ever());
  EXPECT_FALSE(time_limit(hours::max()).time().has_value());
}

TEST(TimeLimitTest, IsNoTimeWhereTheDurationIsZeroOrLess) {
  EXPECT_TRUE(time_limit(seconds(0)).none());
  EXPECT_TRUE(time_limit(seconds(-1)).none());
  EXPECT_TRUE(time_limit(hours::min()).none());
  EXPECT_TRUE(time_limit(nanoseconds::min()).none());
  EXPECT_TRUE(time_limit(duration<double>(-0.1)).none());
  EXPECT_TRUE(time_limit(duration<double>::min()).none());
  EXPECT_TRUE(time_limit(duration<double>(-std::numeric_limits<double>::infinity())).none());
  EXPECT_EQ(time_limit(seconds(-1)).time(), seconds(0));
  EXPECT_FALSE(time_limit(nanoseconds(1)).none());
}

TEST(TimeLimitTest, IsNeverShorterThanItsDuration) {
  using picoseconds = duration<std::int64_t, std::pico>;
  EXPECT_EQ(time_limit(picoseconds(1)).time(), nanoseconds(1));
  EXPECT_EQ(time_limit(picoseconds(1000)).time(), nanoseconds(1));
  EXPECT_EQ(time_limit(picoseconds(1001)).time(), nanoseconds(2));
  EXPECT_EQ(time_limit(picoseconds::max()).time(), nanoseconds(9223372036854776));
  EXPECT_EQ(time_limit(duration<double, std::nano>(0.25)).time(), nanoseconds(1));
  EXPECT_EQ(time_limit(duration<double, std::nano>(2.0)).time(), nanoseconds(2));
  EXPECT_EQ((time_limit(duration<int, std::ratio<1, 3>>(1)).time()), nanoseconds(333333334));
}

TEST(TimeLimitTest, TakesADurationThatMayBeAbsent) {
  EXPECT_TRUE(time_limit(std::optional<seconds>()).for_ever());
  EXPECT_EQ(time_limit(std::optional<seconds>(2)).time(), seconds(2));
}

TEST(TimeLimitTest, IsOrderedByLength) {
  EXPECT_LT(time_limit(seconds(1)), time_limit(seconds(2)));
  EXPECT_LT(time_limit(hours(2562047)), time_limit());
  EXPECT_EQ(time_limit(hours::max()), time_limit());
  EXPECT_EQ(time_limit(seconds(60)), time_limit(std::chrono::minutes(1)));
}

TEST(DeadlineTest, IsTheLimitAfterItsBegin) {
  const steady_clock::time_point begin(seconds(100));
  EXPECT_EQ(deadline_after(seconds(5), begin), begin + seconds(5));
  EXPECT_EQ(deadline_after(seconds(-5), begin), begin);
  EXPECT_FALSE(deadline_after(std::nullopt, begin));
  EXPECT_FALSE(deadline_after(hours::max(), begin));
  // Longer than the clock goes on from there.
  EXPECT_FALSE(deadline_after(nanoseconds::max() - seconds(50), begin));
  EXPECT_EQ(deadline_after(nanoseconds::max() - seconds(101), begin),
            steady_clock::time_point::max() - seconds(1));
}

TEST(DeadlineTest, HasPassedOnlyWhenItsMomentHasCome) {
  EXPECT_TRUE(passed(deadline_after(seconds(0))));
  EXPECT_FALSE(passed(deadline_after(hours(1000000))));
  EXPECT_FALSE(passed(deadline_after(hours::max())));
  EXPECT_TRUE(time_until(deadline_after(seconds(0))).none());
  EXPECT_TRUE(time_until(std::nullopt).for_ever());
  EXPECT_GT(time_until(deadline_after(hours(2))), time_limit(hours(1)));
}

}  // namespace
}  // namespace offstage
