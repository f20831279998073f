// Signals, heard at home.

#include "examples/digest_tree/interruption.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "actors/offstage.h"

namespace digest_tree {
namespace {

constexpr std::chrono::seconds guard{20};

bool readable(int descriptor) {
  pollfd ready{descriptor, POLLIN, 0};
  return ::poll(&ready, 1, 0) == 1;
}

TEST(InterruptionTest, WakesTheLoop) {
  for (const int number : {SIGINT, SIGTERM}) {
    offstage::manual_loop loop;
    interruption interruption(loop);
    EXPECT_EQ(interruption.signal(), 0);
    EXPECT_FALSE(readable(interruption.descriptor()));
    // The signal arrives in another thread, while home may be asleep.
    std::jthread sender([number] { ::raise(number); });
    EXPECT_TRUE(loop.run_until([&] { return interruption.signal() != 0; }, guard));
    EXPECT_EQ(interruption.signal(), number);
    sender.join();
    EXPECT_TRUE(readable(interruption.descriptor()));
  }
}

TEST(InterruptionDeathTest, LetsTheSecondSignalKill) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const int first : {SIGINT, SIGTERM}) {
    for (const int second : {SIGINT, SIGTERM}) {
      EXPECT_EXIT(
          {
            offstage::manual_loop loop;
            interruption interruption(loop);
            ::raise(first);
            if (interruption.signal() == first) ::raise(second);
          },
          ::testing::KilledBySignal(second), "");
    }
  }
}

TEST(InterruptionDeathTest, LeavesTheDefaultBehind) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        {
          offstage::manual_loop loop;
          interruption interruption(loop);
        }
        ::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace digest_tree
