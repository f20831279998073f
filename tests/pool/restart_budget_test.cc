#include "actors/pool/restart_budget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace offstage {
namespace {

using std::chrono::milliseconds;
using time_point = restart_budget::time_point;

constexpr restart_budget::limits few = {.restarts_max = 3,
                                        .span = milliseconds(100),
                                        .pause_min = milliseconds(10),
                                        .pause_max = milliseconds(40)};

time_point at(int ms) { return time_point() + milliseconds(ms); }

TEST(RestartBudgetTest, IsFreeUpToItsLimit) {
  restart_budget budget(few);
  EXPECT_TRUE(budget.take(at(0)));
  EXPECT_LE(budget.next(), at(0));
  EXPECT_TRUE(budget.take(at(0)));
  EXPECT_TRUE(budget.take(at(0)));
  EXPECT_EQ(budget.next(), at(10));
  EXPECT_FALSE(budget.take(at(0)));
  EXPECT_FALSE(budget.take(at(9)));
  EXPECT_TRUE(budget.take(at(10)));
}

TEST(RestartBudgetTest, PausesTwiceAsLongEachTimeUpToTheLongest) {
  restart_budget budget(few);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(budget.take(at(0)));
  for (const int next : {10, 30, 70, 110, 150, 190}) {
    EXPECT_EQ(budget.next(), at(next));
    EXPECT_FALSE(budget.take(at(next - 1)));
    EXPECT_TRUE(budget.take(at(next)));
  }
}

TEST(RestartBudgetTest, IsFreeAgainWhenTheSpanHasHadFewer) {
  restart_budget budget(few);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(budget.take(at(0)));
  // The first three are a span ago.
  EXPECT_TRUE(budget.take(at(100)));
  EXPECT_TRUE(budget.take(at(100)));
  EXPECT_TRUE(budget.take(at(100)));
  EXPECT_FALSE(budget.take(at(100)));
  EXPECT_EQ(budget.next(), at(110));
}

TEST(RestartBudgetTest, PausesWhereAStartCameToNothing) {
  restart_budget budget(few);
  ASSERT_TRUE(budget.take(at(0)));
  budget.pause(at(0));
  EXPECT_FALSE(budget.take(at(9)));
  EXPECT_TRUE(budget.take(at(10)));
  budget.pause(at(10));
  EXPECT_EQ(budget.next(), at(30));
  EXPECT_TRUE(budget.take(at(30)));
  // After a span of rest the pauses are short again.
  EXPECT_TRUE(budget.take(at(200)));
  budget.pause(at(200));
  EXPECT_EQ(budget.next(), at(210));
}

// As the words say it, without any care for how much there is to remember.
class plain_budget {
 public:
  explicit plain_budget(restart_budget::limits allowed) : limits_(allowed) {}

  bool take(time_point now) {
    if (now < next) return false;
    const auto recent = std::count_if(taken_.begin(), taken_.end(),
                                      [&](auto each) { return each > now - limits_.span; });
    if (recent == 0) pause_ = limits_.pause_min;
    taken_.push_back(now);
    if (static_cast<std::size_t>(recent) + 1 < limits_.restarts_max) return true;
    pause(now);
    return true;
  }
  void pause(time_point now) {
    next = now + pause_;
    pause_ = std::min(2 * pause_, limits_.pause_max);
  }

  time_point next = time_point::min();

 private:
  const restart_budget::limits limits_;
  std::vector<time_point> taken_;
  restart_budget::duration pause_ = limits_.pause_min;
};

TEST(RestartBudgetTest, DoesWhatItSaysInAnyHistory) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const restart_budget::limits allowed = {.restarts_max = 1 + random() % 5,
                                            .span = milliseconds(1 + random() % 50),
                                            .pause_min = milliseconds(1 + random() % 5),
                                            .pause_max = milliseconds(5 + random() % 20)};
    restart_budget budget(allowed);
    plain_budget plain(allowed);
    int now = 0;
    for (int i = 0; i < 100; ++i) {
      now += static_cast<int>(random() % 8);
      if (random() % 8 == 0) {
        budget.pause(at(now));
        plain.pause(at(now));
      }
      ASSERT_EQ(budget.take(at(now)), plain.take(at(now)));
      ASSERT_EQ(budget.next(), plain.next);
    }
  }
}

TEST(RestartBudgetTest, NeverAllowsAStorm) {
  restart_budget budget(few);
  int taken = 0;
  for (int now = 0; now < 10000; ++now) taken += budget.take(at(now)) ? 1 : 0;
  // Three at first, and then hardly more than one in each longest pause.
  EXPECT_LE(taken, 3 + 3 * 10000 / 100);
  EXPECT_GE(taken, 10000 / 40);
}

}  // namespace
}  // namespace offstage
