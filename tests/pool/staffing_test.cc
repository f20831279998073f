#include "actors/pool/staffing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace offstage {
namespace {

using std::chrono::milliseconds;
using time_point = staffing::time_point;

constexpr restart_budget::limits plenty = {.restarts_max = 1000,
                                           .span = milliseconds(1000),
                                           .pause_min = milliseconds(10),
                                           .pause_max = milliseconds(40)};
constexpr restart_budget::limits one = {.restarts_max = 1,
                                        .span = milliseconds(1000),
                                        .pause_min = milliseconds(10),
                                        .pause_max = milliseconds(40)};

time_point at(int ms) { return time_point() + milliseconds(ms); }

TEST(StaffingTest, WantsAllWorkersAllTheTime) {
  const staffing all({.workers_max = 4}, plenty);
  EXPECT_EQ(all.wanted(0, 0, 0, false), 4U);
  EXPECT_EQ(all.wanted(4, 100, 100, false), 4U);
}

TEST(StaffingTest, WantsOneForEachOpenTaskOnDemand) {
  for (std::size_t least = 0; least <= 3; ++least) {
    const staffing some({.workers_max = 3, .workers_min = least, .on_demand = true}, plenty);
    for (std::size_t in_hand = 0; in_hand < 6; ++in_hand) {
      for (std::size_t waiting = 0; waiting < 6; ++waiting) {
        const auto open = in_hand + waiting;
        EXPECT_EQ(some.wanted(std::min<std::size_t>(in_hand, 1), in_hand, waiting, false),
                  std::min<std::size_t>(3, std::max(open, least)));
      }
    }
  }
}

TEST(StaffingTest, WantsNoMoreThanItHasTasksForWhenItCloses) {
  const staffing all({.workers_max = 4}, plenty);
  EXPECT_EQ(all.wanted(0, 0, 0, true), 0U);
  EXPECT_EQ(all.wanted(1, 30, 2, true), 3U);
  EXPECT_EQ(all.wanted(3, 30, 9, true), 4U);
}

TEST(StaffingTest, StartsWhatIsMissingOnce) {
  staffing all({.workers_max = 4}, plenty);
  EXPECT_EQ(all.start(4, 0, 1, at(0)).starts, 3U);
  EXPECT_EQ(all.starting(), 3U);
  EXPECT_EQ(all.start(4, 0, 1, at(0)).starts, 0U);
  all.begun();
  EXPECT_EQ(all.start(4, 0, 2, at(0)).starts, 0U);
  // Fewer are wanted meanwhile.
  EXPECT_EQ(all.start(1, 0, 2, at(0)).starts, 0U);
  EXPECT_FALSE(all.start(1, 0, 2, at(0)).look_again);
}

TEST(StaffingTest, PaysForLossesAndForNothingElse) {
  staffing all({.workers_max = 9}, one);
  EXPECT_EQ(all.start(3, 0, 0, at(0)).starts, 3U);
  for (int i = 0; i < 3; ++i) all.begun();
  // As others go that were not lost.
  EXPECT_EQ(all.start(3, 0, 2, at(0)).starts, 1U);
  all.begun();
  all.lost();
  all.lost();
  const auto first = all.start(3, 0, 1, at(0));
  EXPECT_EQ(first.starts, 1U);
  EXPECT_TRUE(first.look_again);
  EXPECT_EQ(all.next(), at(10));
  all.begun();
  EXPECT_EQ(all.start(3, 0, 2, at(9)).starts, 0U);
  const auto second = all.start(3, 0, 2, at(10));
  EXPECT_EQ(second.starts, 1U);
  EXPECT_FALSE(second.look_again);
}

TEST(StaffingTest, ForgetsLossesThatNobodyWantsReplaced) {
  staffing all({.workers_max = 9}, one);
  EXPECT_EQ(all.start(1, 0, 0, at(0)).starts, 1U);
  all.begun();
  for (int i = 0; i < 5; ++i) all.lost();
  EXPECT_EQ(all.start(0, 0, 0, at(0)).starts, 0U);
  EXPECT_EQ(all.start(5, 0, 0, at(0)).starts, 5U);
}

TEST(StaffingTest, TriesOneAfterAPauseWhereStartsFail) {
  staffing all({.workers_max = 3}, plenty);
  ASSERT_EQ(all.start(3, 1, 0, at(0)).starts, 3U);
  for (int i = 0; i < 3; ++i) all.failed(at(0));
  EXPECT_EQ(all.starting(), 0U);
  // Nobody is woken for it, unless a task needs it.
  const auto idle = all.start(3, 0, 0, at(1));
  EXPECT_EQ(idle.starts, 0U);
  EXPECT_FALSE(idle.look_again);
  const auto needed = all.start(3, 1, 0, at(1));
  EXPECT_EQ(needed.starts, 0U);
  EXPECT_TRUE(needed.look_again);
  // One alone, whoever asks.
  EXPECT_EQ(all.start(3, 0, 0, all.next()).starts, 1U);
  EXPECT_EQ(all.start(3, 3, 0, all.next()).starts, 0U);
  EXPECT_FALSE(all.start(3, 3, 0, all.next()).look_again);
  // It may still fail, in its initializer.
  all.begun();
  EXPECT_EQ(all.start(3, 3, 1, all.next()).starts, 0U);
  // All is well again.
  all.ready();
  EXPECT_EQ(all.start(3, 0, 1, all.next()).starts, 2U);
}

TEST(StaffingTest, TriesOneAfterAPauseWhereNoneBecomesReady) {
  staffing all({.workers_max = 3}, plenty);
  ASSERT_EQ(all.start(3, 1, 0, at(0)).starts, 3U);
  for (int i = 0; i < 3; ++i) all.begun();
  // What they have met together counts once.
  EXPECT_TRUE(all.came_to_nothing(at(0)));
  EXPECT_FALSE(all.came_to_nothing(at(1)));
  EXPECT_FALSE(all.came_to_nothing(at(2)));
  EXPECT_EQ(all.next(), at(10));
  EXPECT_FALSE(all.start(3, 0, 0, at(3)).look_again);
  const auto needed = all.start(3, 1, 0, at(3));
  EXPECT_EQ(needed.starts, 0U);
  EXPECT_TRUE(needed.look_again);
  EXPECT_EQ(all.start(3, 1, 0, at(10)).starts, 1U);
  all.begun();
  // Until it is known how that one fares.
  EXPECT_EQ(all.start(3, 3, 1, at(11)).starts, 0U);
  EXPECT_TRUE(all.came_to_nothing(at(12)));
  EXPECT_EQ(all.next(), at(22));
  EXPECT_EQ(all.start(3, 1, 0, at(22)).starts, 1U);
  all.begun();
  EXPECT_TRUE(all.came_to_nothing(at(22)));
  EXPECT_EQ(all.next(), at(42));
  EXPECT_EQ(all.start(3, 1, 0, at(42)).starts, 1U);
  all.begun();
  all.lost();
  EXPECT_EQ(all.start(3, 1, 0, at(42)).starts, 1U);
  all.begun();
  all.ready();
  EXPECT_EQ(all.start(3, 0, 1, at(42)).starts, 2U);
}

// Whatever happens: never too many, and enough after a while.
TEST(StaffingTest, ReachesWhatIsWantedInAnyHistory) {
  std::mt19937 random(1);
  for (int round = 0; round < 1000; ++round) {
    staffing all({.workers_max = 5}, random() % 2 == 0 ? plenty : one);
    std::size_t present = 0;
    int now = 0;
    const auto start = [&](std::size_t wanted) {
      const auto before = all.starting();
      const auto plan = all.start(wanted, wanted, present, at(now));
      EXPECT_EQ(all.starting(), before + plan.starts);
      EXPECT_LE(present + all.starting(), std::max(wanted, present + before));
      // Who waits for more is told when, or when one has begun or failed.
      if (present + all.starting() < wanted) {
        EXPECT_TRUE(plan.look_again || all.starting() != 0);
      }
      if (plan.look_again) {
        EXPECT_GT(all.next(), at(now));
      }
    };
    for (int step = 0; step < 50; ++step) {
      now += static_cast<int>(random() % 5);
      if (all.starting() != 0 && random() % 2 == 0) {
        if (random() % 3 == 0) {
          all.failed(at(now));
        } else {
          all.begun();
          if (random() % 3 == 0) {
            all.came_to_nothing(at(now));
          } else {
            all.ready();
            ++present;
          }
        }
      } else if (present != 0 && random() % 2 == 0) {
        --present;
        if (random() % 2 == 0) all.lost();
      }
      start(random() % 6);
      ASSERT_FALSE(HasFailure()) << round << " at " << step;
    }
    for (int step = 0; present < 5 && step < 1000; ++step) {
      now += 10;
      start(5);
      while (all.starting() != 0) {
        all.begun();
        all.ready();
        ++present;
      }
    }
    ASSERT_EQ(present, 5U) << round;
  }
}

}  // namespace
}  // namespace offstage
