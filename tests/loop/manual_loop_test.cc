// The loop for programs that have none, and the parts that all loops share.

#include "actors/loop/manual_loop.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Manual, LoopRows, manual_loop);

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

manual_loop* woken_by_signal = nullptr;
volatile sig_atomic_t signalled = 0;

TEST(ManualLoopTest, IsWokenByASignalHandler) {
  manual_loop loop;
  woken_by_signal = &loop;
  signalled = 0;
  struct sigaction action = {};
  action.sa_handler = [](int) {
    const int before = errno;
    errno = EDOM;
    woken_by_signal->wake();
    // A handler must leave errno as it was.
    signalled = errno == EDOM ? 1 : 2;
    errno = before;
  };
  struct sigaction before;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  std::thread sender([home = pthread_self()] { pthread_kill(home, SIGUSR1); });
  EXPECT_TRUE(loop.run_until([] { return signalled != 0; }, guard));
  EXPECT_EQ(signalled, 1);
  sender.join();
  sigaction(SIGUSR1, &before, nullptr);
}

TEST(ManualLoopTest, TakesEveryLimit) {
  manual_loop loop;
  for (const auto limit : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(-1),
                           std::chrono::nanoseconds(std::numeric_limits<std::int64_t>::min())}) {
    EXPECT_FALSE(loop.run_until([] { return false; }, limit));
    int called = 0;
    loop.call_soon([&] { ++called; });
    EXPECT_TRUE(loop.run_until([&] { return called == 1; }, limit));
  }
  loop.call_soon([] {});
  bool done = false;
  loop.call_soon([&] { done = true; });
  EXPECT_TRUE(loop.run_until([&] { return done; }, std::chrono::nanoseconds::max()));
}

TEST(ManualLoopTest, SleepsWhileItWaits) {
  manual_loop loop;
  rusage before;
  rusage after;
  getrusage(RUSAGE_THREAD, &before);
  loop.run_until([] { return false; }, std::chrono::milliseconds(300));
  getrusage(RUSAGE_THREAD, &after);
  const auto spent_us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
                        (after.ru_utime.tv_usec - before.ru_utime.tv_usec) +
                        (after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
                        (after.ru_stime.tv_usec - before.ru_stime.tv_usec);
  // A tenth of the time at most; a loop that polls would take all of it.
  EXPECT_LT(spent_us, 30000);
  EXPECT_LT(after.ru_nvcsw - before.ru_nvcsw, 10);
}

TEST(DoorbellTest, MayBeClosedWhileOtherThreadsRing) {
  for (int round = 0; round < 50; ++round) {
    auto loop = std::make_unique<manual_loop>();
    const auto bell = loop->bell();
    auto source = std::make_shared<counting_source>();
    std::atomic<bool> quit{false};
    std::thread ringer([&] {
      while (!quit) {
        bell->ring(source);
        bell->call_soon([] {});
      }
    });
    loop->run_until([&] { return source->served > 2; }, guard);
    loop = nullptr;
    quit = true;
    ringer.join();
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
