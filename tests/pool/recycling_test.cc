#include "actors/pool/recycling.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace offstage {
namespace {

using std::chrono::nanoseconds;
using time_point = recycling::time_point;

TEST(RecyclingTest, KeepsWorkersForEverWithoutLimits) {
  const recycling none({});
  EXPECT_EQ(none.tasks_left(0), UINT64_MAX);
  EXPECT_EQ(none.tasks_left(UINT64_MAX), UINT64_MAX);
  EXPECT_FALSE(none.has_grown(0, SIZE_MAX));
  EXPECT_FALSE(none.idle_until(time_point()));
  EXPECT_FALSE(none.looks_at_memory());
  EXPECT_FALSE(none.looks_at_idleness());
}

TEST(RecyclingTest, CountsDownToTheLastTask) {
  for (std::uint64_t most = 1; most <= 20; ++most) {
    const recycling limited({.tasks_max = most});
    for (std::uint64_t given = 0; given <= 30; ++given) {
      EXPECT_EQ(limited.tasks_left(given), given < most ? most - given : 0);
    }
  }
}

TEST(RecyclingTest, LooksAtGrowthAndNotAtSize) {
  for (const std::size_t most : {0, 1, 5}) {
    const recycling limited({.memory_growth_max_bytes = most});
    EXPECT_TRUE(limited.looks_at_memory());
    for (std::size_t first = 0; first <= 20; ++first) {
      for (std::size_t now = 0; now <= 40; ++now) {
        EXPECT_EQ(limited.has_grown(first, now), now > first + most) << first << " " << now;
      }
    }
    EXPECT_FALSE(limited.has_grown(SIZE_MAX, 0));
    EXPECT_FALSE(limited.has_grown(SIZE_MAX, SIZE_MAX));
  }
}

TEST(RecyclingTest, KnowsWhenOneHasBeenIdleForTooLong) {
  const auto since = time_point() + std::chrono::hours(1);
  const recycling limited({.idle_time_max = nanoseconds(5)});
  EXPECT_TRUE(limited.looks_at_idleness());
  EXPECT_EQ(limited.idle_until(since), since + nanoseconds(5));
  // Longer than time can be counted.
  EXPECT_FALSE(recycling({.idle_time_max = nanoseconds::max()}).idle_until(since));
}

}  // namespace
}  // namespace offstage
