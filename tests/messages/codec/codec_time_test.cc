#include "messages/codec/codec_time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace offstage {
namespace {

using namespace std::chrono_literals;

TEST(CodecTimeTest, RoundTripsDurations) {
  EXPECT_TRUE(survives(0ns));
  EXPECT_TRUE(survives(-3ms));
  EXPECT_TRUE(survives(std::chrono::hours::max()));
  EXPECT_TRUE(survives(std::chrono::nanoseconds::min()));
  EXPECT_TRUE(survives(std::chrono::duration<double>(0.1)));
  EXPECT_TRUE(survives(
      std::chrono::duration<float, std::ratio<1, 3>>(std::numeric_limits<float>::infinity())));
  EXPECT_TRUE(survives(std::vector<std::chrono::microseconds>{1us, 2us}));
}

TEST(CodecTimeTest, RoundTripsTimePoints) {
  EXPECT_TRUE(survives(std::chrono::steady_clock::now()));
  EXPECT_TRUE(survives(std::chrono::system_clock::now()));
  EXPECT_TRUE(survives(std::chrono::system_clock::time_point::max()));
  EXPECT_TRUE(survives(std::chrono::sys_days(std::chrono::days(19'000))));
}

TEST(CodecTimeTest, RoundTripsDates) {
  using namespace std::chrono;
  EXPECT_TRUE(survives(year_month_day(year(2024), month(2), day(29))));
  EXPECT_TRUE(survives(year(-5)));
  EXPECT_TRUE(survives(Saturday));
  EXPECT_EQ(round_trip(hh_mm_ss(3h + 4min + 5s)).to_duration(), 3h + 4min + 5s);
}

TEST(CodecTimeTest, CopiesRowsOfTimesAtOnce) {
  static_assert(has_plain_codec<std::chrono::nanoseconds>);
  static_assert(has_plain_codec<std::chrono::steady_clock::time_point>);
}

class fraction {
 public:
  fraction(int n = 0) : text_(std::to_string(n)) {}
  bool operator==(const fraction&) const = default;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, fraction& x) {
    return f(x.text_);
  }

 private:
  std::string text_;
};

TEST(CodecTimeTest, RoundTripsCountsOfAnyTypeWithACodec) {
  const std::chrono::duration<fraction> value(fraction(12));
  static_assert(!has_plain_codec<std::chrono::duration<fraction>>);
  EXPECT_EQ(round_trip(value).count(), value.count());
}

}  // namespace
}  // namespace offstage
