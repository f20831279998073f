// The loop for programs that have none, and the parts that all loops share.

#include "actors/loop/manual_loop.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

struct manual_home {
  using loop_type = manual_loop;

  static std::unique_ptr<manual_loop> make_loop() { return std::make_unique<manual_loop>(); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Manual, LoopRows, manual_home);

TEST(ManualLoopTest, RunsUntilQuit) {
  manual_loop loop;
  int called = 0;
  loop.call_soon([&] { ++called; });
  loop.call_soon([&] { loop.quit(); });
  loop.run();
  EXPECT_EQ(called, 1);
}

TEST(ManualLoopTest, TakesAQuitThatCameBefore) {
  manual_loop loop;
  loop.quit();
  loop.run();
  std::thread quitter([&] { loop.quit(); });
  loop.run();
  quitter.join();
}

TEST(ManualLoopTest, QuitsTheInnermostRun) {
  manual_loop loop;
  std::string order;
  loop.call_soon([&] {
    loop.call_soon([&] { loop.quit(); });
    loop.run();
    order += "inner ";
    loop.call_soon([&] { loop.quit(); });
  });
  loop.run();
  order += "outer";
  EXPECT_EQ(order, "inner outer");
}

TEST(ManualLoopTest, ACopyOfTheProcessTakesNoWakeUpAway) {
  manual_loop loop;
  bool called = false;
  loop.call_soon([&] { called = true; });
  const auto copy = fork();
  if (copy == 0) {
    // The copy has what waits, too, and is rung for it.
    _exit(loop.run_until([&] { return called; }, guard) ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(waitpid(copy, &status, 0), copy);
  EXPECT_EQ(status, 0);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(loop.run_until([&] { return called; }, guard));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, guard / 2);
}

TEST(DoorbellTest, MayBeClosedWhileOtherThreadsRing) {
  for (int round = 0; round < 50; ++round) {
    auto loop = std::make_unique<manual_loop>();
    const auto bell = loop->bell();
    auto source = std::make_shared<counting_source>();
    std::atomic<bool> quit{false};
    std::thread ringer([&] {
      while (!quit) {
        bell->ring(*source);
        bell->call_soon([] {});
      }
    });
    loop->run_until([&] { return source->served > 2; }, guard);
    loop = nullptr;
    quit = true;
    ringer.join();
  }
}

// Takes its time in a loop of its own.
void dawdle() {
  manual_loop other;
  other.run_until([] { return false; }, slow_at_home + std::chrono::milliseconds(1));
}

TEST(DoorbellTest, SaysWhatKeptItFromGoingOn) {
  testing::log_capture log(log_level::info);
  manual_loop loop;
  int called = 0;
  loop.call_soon([&] { ++called; });
  loop.call_soon([&] {
    dawdle();
    ++called;
  });
  ASSERT_TRUE(loop.run_until([&] { return called == 2; }, guard));
  EXPECT_EQ(log.count("kept its loop from going on"), 1);
  // A nested loop goes on.
  loop.call_soon([&] {
    loop.run_until([] { return false; }, 2 * slow_at_home);
    ++called;
  });
  loop.call_soon([] {});
  ASSERT_TRUE(loop.run_until([&] { return called == 3; }, guard));
  EXPECT_EQ(log.count("kept its loop from going on"), 1);
}

TEST(ManualLoopTest, RunReturnsWhenItsLoopIsDestroyedByWhatItRuns) {
  auto loop = std::make_unique<manual_loop>();
  loop->call_soon([&] { loop = nullptr; });
  loop->run();
  EXPECT_EQ(loop, nullptr);
  // Also by a function that wants it to return, and within a nested one.
  loop = std::make_unique<manual_loop>();
  loop->call_soon([&] {
    loop->call_soon([&] {
      loop->quit();
      loop = nullptr;
    });
    loop->run();
    EXPECT_EQ(loop, nullptr);
  });
  loop->run();
  EXPECT_EQ(loop, nullptr);
}

TEST(AffinityTest, EndsWithItsThread) {
  // The next thread often lies where the one before it lay, with all that belongs to a thread.
  for (int round = 0; round < 50; ++round) {
    std::optional<affinity> home;
    std::thread([&] { home.emplace(affinity::binding::this_thread); }).join();
    std::thread([&] { EXPECT_FALSE(home->here()); }).join();
    EXPECT_FALSE(home->here());
  }
}

TEST(AffinityTest, IsAThreadOrAScope) {
  const affinity bound(affinity::binding::this_thread);
  const affinity scoped(affinity::binding::scopes_only);
  EXPECT_TRUE(bound.here());
  EXPECT_FALSE(scoped.here());
  {
    affinity::scope outer(scoped);
    EXPECT_TRUE(scoped.here());
    {
      affinity::scope inner(bound);
      EXPECT_TRUE(scoped.here());
      EXPECT_TRUE(bound.here());
    }
    EXPECT_TRUE(scoped.here());
  }
  EXPECT_FALSE(scoped.here());
  std::thread([&] {
    EXPECT_FALSE(bound.here());
    affinity::scope visitor(bound);
    EXPECT_TRUE(bound.here());
    EXPECT_FALSE(scoped.here());
  }).join();
}

TEST(AffinityTest, SaysWhatWasExpectedAndWhatWasFound) {
  const affinity scoped(affinity::binding::scopes_only);
  try {
    scoped.require("thing::call");
    FAIL();
  } catch (const wrong_sequence& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("thing::call"), text.npos);
    EXPECT_NE(text.find("expected its loop's sequence"), text.npos);
    EXPECT_NE(text.find("found thread"), text.npos);
  }
}

}  // namespace
}  // namespace offstage::contract
