// When a task will be done, by its amounts and times.

#include "actors/dialog/time_left.h"

#include <gtest/gtest.h>

namespace offstage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TimeLeftTest : public ::testing::Test {
 protected:
  static constexpr time_left::time_point begin{std::chrono::hours(1)};

  // So much is done each so often, until `end`.
  void work(std::uint64_t amount, milliseconds each, milliseconds end) {
    for (; now + each <= begin + end; estimate.saw(now, complete)) {
      now += each;
      complete += amount;
    }
  }

  double left(std::uint64_t total) {
    const auto found = estimate.at(now, total);
    return found ? found->count() : -1;
  }

  time_left::time_point now = begin;
  time_left estimate{begin};
  std::uint64_t complete = 0;
};

TEST_F(TimeLeftTest, SaysNothingAtFirst) {
  work(1, milliseconds(100), milliseconds(1900));
  EXPECT_FALSE(estimate.at(now, 100));
  work(1, milliseconds(100), milliseconds(2000));
  EXPECT_TRUE(estimate.at(now, 100));
}

TEST_F(TimeLeftTest, SaysNothingAfterOneStepAlone) {
  work(1, seconds(5), seconds(5));
  EXPECT_FALSE(estimate.at(now, 100));
}

TEST_F(TimeLeftTest, IsExactForATaskThatIsAlwaysAsFast) {
  work(1, milliseconds(100), seconds(10));
  EXPECT_NEAR(left(200), 10, 0.01);
  work(1, milliseconds(100), seconds(15));
  EXPECT_NEAR(left(200), 5, 0.01);
  EXPECT_EQ(left(complete), 0);
}

TEST_F(TimeLeftTest, CountsDownBetweenTwoSteps) {
  work(1, seconds(10), seconds(30));
  EXPECT_NEAR(left(5), 20, 0.01);
  now += seconds(4);
  EXPECT_NEAR(left(5), 16, 0.01);
  now += seconds(5);
  EXPECT_NEAR(left(5), 11, 0.01);
}

TEST_F(TimeLeftTest, GrowsWhenAStepTakesLongerThanTheOthers) {
  work(1, seconds(1), seconds(20));
  double before = left(40);
  now += seconds(1);
  EXPECT_LT(left(40), before);
  before = left(40);
  for (int i = 0; i < 20; ++i) {
    now += seconds(5);
    EXPECT_GT(left(40), before);
    before = left(40);
  }
}

TEST_F(TimeLeftTest, FollowsATaskThatBecomesSlower) {
  work(10, milliseconds(100), seconds(20));
  EXPECT_NEAR(left(complete + 1000), 10, 0.1);
  work(1, milliseconds(100), seconds(120));
  EXPECT_NEAR(left(complete + 1000), 100, 25);
}

TEST_F(TimeLeftTest, IsSmoothForATaskThatIsNowFastNowSlow) {
  const std::uint64_t total = 1000000;
  work(10, milliseconds(200), seconds(60));
  for (int i = 0; i < 50; ++i) {
    now += milliseconds(i % 2 == 0 ? 50 : 350);
    complete += 10;
    estimate.saw(now, complete);
    EXPECT_NEAR(left(total) / (static_cast<double>(total - complete) / 50), 1, 0.05);
  }
}

TEST_F(TimeLeftTest, BeginsAnewWithATaskThatDoes) {
  work(100, milliseconds(100), seconds(20));
  complete = 0;
  now += seconds(1);
  estimate.saw(now, complete);
  EXPECT_FALSE(estimate.at(now, 100));
  work(1, milliseconds(100), seconds(30));
  EXPECT_NEAR(left(complete + 100), 10, 0.1);
}

TEST_F(TimeLeftTest, SaysNothingWhenMoreIsDoneThanThereWas) {
  work(1, milliseconds(100), seconds(10));
  EXPECT_FALSE(estimate.at(now, complete - 1));
}

}  // namespace
}  // namespace offstage
