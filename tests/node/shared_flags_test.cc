// Flags in memory that two sides see: here, two mappings of the same flags.

#include "actors/node/shared_flags.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

class SharedFlagsTest : public ::testing::Test {
 protected:
  // As a worker process inherits them.
  static void SetUpTestSuite() {
    EXPECT_EQ(shared_flags::parents(), nullptr);
    shared_flags::inherit(descriptor(fcntl(shared_flags::own().handle(), F_DUPFD_CLOEXEC, 0)));
  }

  shared_flags& here = shared_flags::own();
  shared_flags& there = *shared_flags::parents();
};

TEST_F(SharedFlagsTest, AreLoweredWhenTheyAreTaken) {
  const auto flag = here.take();
  EXPECT_FALSE(here.is_set(flag));
  here.set(flag);
  here.give_back(flag);
  const auto again = here.take();
  EXPECT_EQ(again, flag);
  EXPECT_FALSE(here.is_set(again));
  here.give_back(again);
}

TEST_F(SharedFlagsTest, AreTheSameOnBothSidesAndApartFromEachOther) {
  const auto flag = here.take();
  const auto other = here.take();
  ASSERT_NE(flag, other);
  here.set(flag);
  EXPECT_TRUE(there.is_set(flag));
  EXPECT_FALSE(there.is_set(other));
  there.clear(flag);
  EXPECT_FALSE(here.is_set(flag));
  there.set(other);
  there.set(other);
  EXPECT_TRUE(here.is_set(other));
  EXPECT_FALSE(here.is_set(flag));
  here.give_back(flag);
  here.give_back(other);
}

TEST_F(SharedFlagsTest, EndAWaitOnTheOtherSide) {
  const auto flag = here.take();
  std::promise<bool> there_set;
  std::promise<bool> here_set;
  std::thread waiting_there([&] { there_set.set_value(there.wait(flag, std::nullopt)); });
  std::thread waiting_here([&] { here_set.set_value(here.wait(flag, guard)); });
  there.set(flag);
  for (auto* each : {&there_set, &here_set}) {
    auto seen = each->get_future();
    ASSERT_EQ(seen.wait_for(guard), std::future_status::ready);
    EXPECT_TRUE(seen.get());
  }
  waiting_there.join();
  waiting_here.join();
  here.give_back(flag);
}

TEST_F(SharedFlagsTest, AreWaitedForNoLongerThanAllowed) {
  using clock = std::chrono::steady_clock;
  const auto flag = here.take();
  for (const auto limit : {std::chrono::milliseconds(-5), std::chrono::milliseconds(0),
                           std::chrono::milliseconds(20)}) {
    const auto begin = clock::now();
    EXPECT_FALSE(there.wait(flag, limit));
    EXPECT_GE(clock::now() - begin, limit);
  }
  here.set(flag);
  EXPECT_TRUE(there.wait(flag, std::chrono::nanoseconds(0)));
  EXPECT_TRUE(there.wait(flag, std::nullopt));
  here.give_back(flag);
}

TEST_F(SharedFlagsTest, PassABallBackAndForth) {
  const auto ping = here.take();
  const auto pong = here.take();
  constexpr int rounds = 2000;
  std::thread other([&] {
    for (int i = 0; i < rounds; ++i) {
      there.wait(ping, std::nullopt);
      there.clear(ping);
      there.set(pong);
    }
  });
  for (int i = 0; i < rounds; ++i) {
    here.set(ping);
    EXPECT_TRUE(here.wait(pong, guard));
    here.clear(pong);
  }
  other.join();
  here.give_back(ping);
  here.give_back(pong);
}

TEST_F(SharedFlagsTest, SayWhenThereAreNoMoreAndAreUsedAgain) {
  for (int round = 0; round < 2; ++round) {
    std::vector<std::uint32_t> taken;
    for (std::uint32_t i = 0; i < shared_flags::flag_count; ++i) taken.push_back(here.take());
    auto sorted = taken;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end());
    EXPECT_EQ(sorted.back(), shared_flags::flag_count - 1);
    try {
      here.take();
      ADD_FAILURE() << "one more than there are";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code().value(), ENOSPC);
      EXPECT_NE(std::string(error.what()).find("16384"), std::string::npos) << error.what();
    }
    there.set(taken.back());
    EXPECT_TRUE(here.is_set(taken.back()));
    for (const auto each : taken) here.give_back(each);
  }
}

}  // namespace
}  // namespace offstage
