#include "actors/context/ending.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <thread>

namespace offstage {
namespace {

using clock = ending::clock;

// What the next one has.
std::chrono::nanoseconds time_of_the_next() {
  const auto before = clock::now();
  return ending().until() - before;
}

class EndingTest : public ::testing::Test {
 protected:
  EndingTest() { ending::begin_anew(); }

  // Has one that waits so long.
  static void have_one(std::chrono::milliseconds waits) {
    const ending one;
    const auto until = clock::now() + waits;
    while (clock::now() < until) std::this_thread::yield();
  }
};

TEST_F(EndingTest, HasTwoSecondsAndUsesForceBeforeTheyAreOver) {
  const auto before = clock::now();
  const ending one;
  EXPECT_GE(one.until(), before + ending::time);
  EXPECT_LE(one.until(), clock::now() + ending::time);
  EXPECT_EQ(one.force_at(), one.until() - ending::force_time);
}

TEST_F(EndingTest, OneWithinAnotherIsTheSame) {
  const ending outer;
  const ending inner;
  EXPECT_EQ(inner.until(), outer.until());
  EXPECT_EQ(inner.force_at(), outer.force_at());
}

TEST_F(EndingTest, ThoseThatFollowShareTheTime) {
  constexpr std::chrono::milliseconds waited{20};
  EXPECT_FALSE(ending::has_waited());
  have_one(waited);
  EXPECT_TRUE(ending::has_waited());
  const auto after = clock::now();
  const ending next;
  const ending again;
  EXPECT_LE(next.until(), clock::now() + ending::time - waited);
  EXPECT_GE(next.until(), after - waited);
}

TEST_F(EndingTest, NothingIsLeftWhenTheTimeIsSpent) {
  have_one(ending::time);
  const auto before = clock::now();
  const ending next;
  EXPECT_LE(next.until(), clock::now());
  EXPECT_GE(next.until(), before);
  EXPECT_EQ(next.force_at(), next.until());
}

TEST_F(EndingTest, SomethingNewInBetweenGivesAllOfIt) {
  have_one(std::chrono::milliseconds(20));
  ending::begin_anew();
  EXPECT_GE(time_of_the_next(), ending::time);
}

TEST_F(EndingTest, ATurnOfTheSameRowGivesAllOfItInWhicheverThreadItIs) {
  have_one(std::chrono::milliseconds(20));
  std::thread([row = ending::row()] { ending::turned(row); }).join();
  EXPECT_GE(time_of_the_next(), ending::time);
  EXPECT_FALSE(ending::has_waited());
}

TEST_F(EndingTest, ATurnOfAnotherRowGivesNothing) {
  have_one(std::chrono::milliseconds(20));
  const auto before = ending::row();
  std::thread([] { ending::turned(ending::row()); }).join();
  EXPECT_LT(time_of_the_next(), ending::time);
  EXPECT_EQ(ending::row(), before);
}

TEST_F(EndingTest, ATurnOfARowThatIsOverGivesNothing) {
  const auto before = ending::row();
  ending::begin_anew();
  have_one(std::chrono::milliseconds(20));
  ending::turned(before);
  EXPECT_LT(time_of_the_next(), ending::time);
}

TEST_F(EndingTest, OneWithinAnotherKnowsThatThatHasWaited) {
  const ending outer;
  EXPECT_FALSE(ending::has_waited());
  {
    const ending inner;
    const auto until = clock::now() + std::chrono::milliseconds(20);
    while (clock::now() < until) std::this_thread::yield();
  }
  EXPECT_TRUE(ending::has_waited());
}

TEST_F(EndingTest, EachThreadHasItsOwn) {
  have_one(std::chrono::milliseconds(20));
  const ending here;
  std::thread([] { EXPECT_GE(time_of_the_next(), ending::time); }).join();
}

}  // namespace
}  // namespace offstage
