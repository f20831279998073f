// loop_rows: rows 109 to 119, 121 and 128 to 137, what every loop does.
//
// Question: do calls from other threads reach home, all of them, and in time?
// Zone:     home.
#pragma once

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/loop/affinity.h"
#include "actors/loop/deadline.h"
#include "actors/loop/doorbell.h"
#include "actors/loop/loop.h"
#include "tests/contract/guard.h"
#include "tests/support/log_capture.h"

namespace offstage::contract {

/// Counts how often it is served.
class counting_source final : public doorbell::source {
 public:
  void serve(doorbell::turn_limit&, std::size_t) override { ++served; }
  bool has_more() const noexcept override { return false; }

  std::atomic<int> served{0};
};

/// A `Home` has what the loop of a toolkit needs (a context, say), and `make_loop()`.
template <class Home>
class LoopRows : public ::testing::Test {
 protected:
  bool wait(std::function<bool()> condition) { return loop->run_until(condition, guard); }
  void take_turns() {
    loop->run_until([] { return false; }, std::chrono::milliseconds(2));
  }

  // Calls the loop this often from a thread, which has ended when this returns.
  void call_from_a_thread(int times) {
    std::thread([&] {
      for (int i = 0; i < times; ++i) loop->call_soon([this] { ++called; });
    }).join();
  }

  Home home;
  std::unique_ptr<typename Home::loop_type> loop = home.make_loop();
  int called = 0;
};

TYPED_TEST_SUITE_P(LoopRows);

// Row 109.
TYPED_TEST_P(LoopRows, SingleCallFromAThread) {
  this->call_from_a_thread(1);
  EXPECT_EQ(this->called, 0);
  ASSERT_TRUE(this->wait([&] { return this->called == 1; }));
  this->take_turns();
  EXPECT_EQ(this->called, 1);
}

// Rows 110 and 116. Adapted: wake-ups are merged, calls are not.
TYPED_TEST_P(LoopRows, MultipleCallsOfThreadsThatHaveEnded) {
  this->call_from_a_thread(3);
  this->call_from_a_thread(4);
  EXPECT_EQ(this->called, 0);
  ASSERT_TRUE(this->wait([&] { return this->called == 7; }));
  this->take_turns();
  EXPECT_EQ(this->called, 7);
}

// Row 111.
TYPED_TEST_P(LoopRows, CallsOfSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::vector<int>> order(5);
  int total = 0;
  for (int t = 0; t < 5; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        this->loop->call_soon([&, t, i] {
          order[t].push_back(i);
          ++total;
        });
      }
    });
  }
  ASSERT_TRUE(this->wait([&] { return total == 1500; }));
  for (auto& each : threads) each.join();
  for (const auto& each : order) {
    ASSERT_EQ(each.size(), 300U);
    for (int i = 0; i < 300; ++i) EXPECT_EQ(each[i], i);
  }
}

// Row 112. Adapted: sources of one loop; rings until the next turn count as one.
TYPED_TEST_P(LoopRows, ServesTheSourcesThatRangAndNoOthers) {
  auto one = std::make_shared<counting_source>();
  auto other = std::make_shared<counting_source>();
  auto silent = std::make_shared<counting_source>();
  std::thread([&] {
    for (int i = 0; i < 3; ++i) this->loop->bell()->ring(*one);
    for (int i = 0; i < 4; ++i) this->loop->bell()->ring(*other);
  }).join();
  ASSERT_TRUE(this->wait([&] { return one->served > 0 && other->served > 0; }));
  this->take_turns();
  EXPECT_EQ(one->served, 1);
  EXPECT_EQ(other->served, 1);
  EXPECT_EQ(silent->served, 0);
  this->loop->bell()->ring(*one);
  ASSERT_TRUE(this->wait([&] { return one->served == 2; }));
}

// Row 113.
TYPED_TEST_P(LoopRows, RingsAndCallsAfterTheEndOfTheLoopDoNothing) {
  auto source = std::make_shared<counting_source>();
  const auto bell = this->loop->bell();
  this->loop = nullptr;
  EXPECT_TRUE(bell->closed());
  std::thread([&] {
    bell->ring(*source);
    bell->call_soon([this] { ++this->called; });
  }).join();
  EXPECT_EQ(source->served, 0);
  EXPECT_EQ(this->called, 0);
}

// Rows 114 and 115.
TYPED_TEST_P(LoopRows, HoldsNothingAfterItsEnd) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = held;
  auto source = std::make_shared<counting_source>();
  const std::weak_ptr<counting_source> source_alive = source;
  this->loop->call_soon([held = std::move(held)] { EXPECT_EQ(*held, 1); });
  this->loop->bell()->ring(*source);
  source = nullptr;
  EXPECT_FALSE(alive.expired());
  EXPECT_FALSE(source_alive.expired());
  const auto bell = this->loop->bell();
  this->loop = nullptr;
  EXPECT_TRUE(alive.expired());
  EXPECT_TRUE(source_alive.expired());
}

TYPED_TEST_P(LoopRows, LetsGoOfACallThatWasMade) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = held;
  this->loop->call_soon([held = std::move(held)] { EXPECT_EQ(*held, 1); });
  ASSERT_TRUE(this->wait([&] { return alive.expired(); }));
}

// Rows 117 to 119, 121 and 128. Adapted: what upstream asks of interfaces the compiler knows here.
TYPED_TEST_P(LoopRows, IsALoopAtHome) {
  static_assert(std::is_base_of_v<loop, typename TypeParam::loop_type>);
  EXPECT_TRUE(this->loop->at_home());
  std::thread([&] {
    EXPECT_FALSE(this->loop->at_home());
    EXPECT_THROW(this->loop->run_until([] { return true; }, guard), wrong_sequence);
    EXPECT_THROW(this->loop->set_turn_budget(std::chrono::milliseconds(1)), wrong_sequence);
  }).join();
}

// Row 129.
TYPED_TEST_P(LoopRows, RunUntilWhenConditionBecomesTrue) {
  bool flag = false;
  this->loop->call_soon([&] { flag = true; });
  EXPECT_FALSE(flag);
  EXPECT_TRUE(this->wait([&] { return flag; }));
  EXPECT_TRUE(flag);
}

// Rows 130, 133 and 134. Adapted: false instead of an error.
TYPED_TEST_P(LoopRows, RunUntilWhenConditionNeverTrue) {
  EXPECT_FALSE(this->loop->run_until([] { return false; }, std::chrono::milliseconds(10)));
  this->loop->call_soon([this] { ++this->called; });
  EXPECT_FALSE(this->loop->run_until([] { return false; }, std::chrono::milliseconds(10)));
  EXPECT_EQ(this->called, 1);
}

// Rows 131 and 135.
TYPED_TEST_P(LoopRows, RunUntilWhenConditionAlreadyTrue) {
  this->loop->call_soon([this] { ++this->called; });
  EXPECT_TRUE(this->wait([] { return true; }));
  EXPECT_EQ(this->called, 0);
}

// Rows 132 and 136.
TYPED_TEST_P(LoopRows, RunUntilWithNontrivialCondition) {
  for (int i = 0; i < 5; ++i) this->loop->call_soon([this] { ++this->called; });
  EXPECT_TRUE(this->wait([&] { return this->called == 3; }));
  EXPECT_EQ(this->called, 3);
  ASSERT_TRUE(this->wait([&] { return this->called == 5; }));
}

// Row 137.
TYPED_TEST_P(LoopRows, TakesTurns) {
  this->call_from_a_thread(1);
  this->take_turns();
  EXPECT_EQ(this->called, 1);
}

TYPED_TEST_P(LoopRows, ServesNestedTurns) {
  bool inner = false;
  bool nested = false;
  this->loop->call_soon([&] { nested = this->wait([&] { return inner; }); });
  this->loop->call_soon([&] { inner = true; });
  ASSERT_TRUE(this->wait([&] { return nested; }));
}

TYPED_TEST_P(LoopRows, EndsTheInnermostWaitFirst) {
  bool outer = false;
  std::string order;
  this->loop->call_soon([&] {
    this->loop->call_soon([&] { outer = true; });
    EXPECT_FALSE(this->loop->run_until([] { return false; }, std::chrono::milliseconds(20)));
    order += "inner ";
  });
  ASSERT_TRUE(this->wait([&] { return outer; }));
  order += "outer";
  EXPECT_EQ(order, "inner outer");
}

TYPED_TEST_P(LoopRows, LetsOutWhatTheConditionThrows) {
  int asked = 0;
  const auto trouble = [&]() -> bool {
    if (++asked > 1) throw std::runtime_error("the condition's own trouble");
    return false;
  };
  this->loop->call_soon([this] { ++this->called; });
  EXPECT_THROW(this->loop->run_until(trouble, guard), std::runtime_error);
  EXPECT_EQ(asked, 2);
  // And the loop is as before.
  this->call_from_a_thread(1);
  ASSERT_TRUE(this->wait([&] { return this->called == 2; }));
}

TYPED_TEST_P(LoopRows, TakesEveryLimit) {
  for (const auto limit : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(-1),
                           std::chrono::nanoseconds::min()}) {
    EXPECT_FALSE(this->loop->run_until([] { return false; }, limit));
    this->called = 0;
    this->loop->call_soon([this] { ++this->called; });
    EXPECT_TRUE(this->loop->run_until([this] { return this->called == 1; }, limit));
  }
  bool done = false;
  const auto wait = [&](time_limit limit) {
    done = false;
    std::thread calling([&] { this->loop->call_soon([&] { done = true; }); });
    EXPECT_TRUE(this->loop->run_until([&] { return done; }, limit));
    calling.join();
  };
  wait(std::chrono::nanoseconds::max());
  wait(std::chrono::seconds::max());
  wait(std::chrono::hours::max());
  wait(std::chrono::hours(24 * 365 * 200));
  wait(std::chrono::duration<double>(std::numeric_limits<double>::infinity()));
  wait(std::nullopt);
  done = false;
  this->loop->call_soon([&] { done = true; });
  EXPECT_TRUE(this->loop->run_until([&] { return done; }));
}

TYPED_TEST_P(LoopRows, MayBeDestroyedWhileItWaits) {
  for (const bool nested : {false, true}) {
    if (!this->loop) this->loop = this->home.make_loop();
    const auto wait = [&] {
      auto* const loop = this->loop.get();
      return loop->run_until([&] { return this->called == 2; }, guard);
    };
    const auto destroy = [&] {
      ++this->called;
      this->loop = nullptr;
    };
    bool inner = false;
    this->called = 0;
    this->loop->call_soon([&] {
      if (!nested) return destroy();
      this->loop->call_soon(destroy);
      inner = wait();
    });
    this->loop->call_soon([&] {
      if (!nested) ++this->called;
    });
    EXPECT_FALSE(wait());
    EXPECT_FALSE(inner);
    EXPECT_EQ(this->called, 1);
    EXPECT_EQ(this->loop, nullptr);
  }
}

inline loop* woken_by_signal = nullptr;
inline volatile sig_atomic_t signalled = 0;

TYPED_TEST_P(LoopRows, IsWokenByASignalHandler) {
  woken_by_signal = this->loop.get();
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
  EXPECT_TRUE(this->wait([] { return signalled != 0; }));
  EXPECT_EQ(signalled, 1);
  sender.join();
  sigaction(SIGUSR1, &before, nullptr);
}

TYPED_TEST_P(LoopRows, SleepsWhileItWaits) {
  rusage before;
  rusage after;
  getrusage(RUSAGE_THREAD, &before);
  this->loop->run_until([] { return false; }, std::chrono::milliseconds(300));
  getrusage(RUSAGE_THREAD, &after);
  const auto us = [](const timeval& time) { return time.tv_sec * 1000000 + time.tv_usec; };
  // A tenth of the time at most; a loop that polls would take all of it.
  EXPECT_LT(us(after.ru_utime) - us(before.ru_utime) + us(after.ru_stime) - us(before.ru_stime),
            30000);
  EXPECT_LT(after.ru_nvcsw - before.ru_nvcsw, 10);
}

TYPED_TEST_P(LoopRows, LogsACallThatThrowsAndGoesOn) {
  testing::log_capture log;
  this->loop->call_soon([] { throw std::runtime_error("the call's own trouble"); });
  this->loop->call_soon([] { throw 1; });
  this->loop->call_soon([this] { ++this->called; });
  ASSERT_TRUE(this->wait([&] { return this->called == 1; }));
  EXPECT_EQ(log.count("the call's own trouble"), 1);
  EXPECT_EQ(log.count("no std::exception"), 1);
}

TYPED_TEST_P(LoopRows, GivesTheLoopBackWhenTheBudgetOfATurnIsUsedUp) {
  this->loop->set_turn_budget(std::chrono::nanoseconds(1));
  EXPECT_THROW(this->loop->set_turn_budget(std::chrono::nanoseconds(0)), invalid_options);
  for (int i = 0; i < 10; ++i) this->loop->call_soon([this] { ++this->called; });
  // Each turn makes one call, and there is another turn.
  ASSERT_TRUE(this->wait([&] { return this->called == 10; }));
  // A budget without an end takes what is there.
  this->loop->set_turn_budget(std::chrono::hours::max());
  for (int i = 0; i < 10; ++i) this->loop->call_soon([this] { ++this->called; });
  ASSERT_TRUE(this->wait([&] { return this->called == 20; }));
}

REGISTER_TYPED_TEST_SUITE_P(LoopRows, SingleCallFromAThread, MultipleCallsOfThreadsThatHaveEnded,
                            CallsOfSeveralThreadsAtOnce, ServesTheSourcesThatRangAndNoOthers,
                            RingsAndCallsAfterTheEndOfTheLoopDoNothing, HoldsNothingAfterItsEnd,
                            LetsGoOfACallThatWasMade, IsALoopAtHome,
                            RunUntilWhenConditionBecomesTrue, RunUntilWhenConditionNeverTrue,
                            RunUntilWhenConditionAlreadyTrue, RunUntilWithNontrivialCondition,
                            TakesTurns, ServesNestedTurns, EndsTheInnermostWaitFirst,
                            LetsOutWhatTheConditionThrows, TakesEveryLimit,
                            MayBeDestroyedWhileItWaits, IsWokenByASignalHandler, SleepsWhileItWaits,
                            LogsACallThatThrowsAndGoesOn,
                            GivesTheLoopBackWhenTheBudgetOfATurnIsUsedUp);

}  // namespace offstage::contract
