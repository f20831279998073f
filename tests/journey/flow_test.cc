// Flow control, items and reports in threads, and kinds of the user's own.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "actors/task/credit.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds guard{60};

class FlowTest : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }

  // Waits, away from the loop, until the counter has not moved for a while: the producer is held.
  static int settled(const std::atomic<int>& counter) {
    manual_loop pause;
    int before = -1;
    while (counter == 0 || before != counter) {
      before = counter;
      pause.run_until([] { return false; }, milliseconds(50));
    }
    return before;
  }

  manual_loop loop;
  multithreading_context context;
  std::optional<executor> user{std::in_place, loop,
                               executor_options{.context = &context, .worker_count = 2}};
};

void count_up(progress<int>& report, int to, std::atomic<int>* reported) {
  for (int i = 0; i < to; ++i) {
    report(i);
    if (reported != nullptr) ++*reported;
  }
}

TEST_F(FlowTest, KeepsAllReportsInOrderAndHoldsTheProducerWhileHomeIsStuck) {
  constexpr int total = 20000;
  std::atomic<int> reported{0};
  auto future = submit_progress(*user, count_up, total, &reported);
  int expected = 0;
  int wrong = 0;
  future.on_progress([&](int report) { wrong += report == expected++ ? 0 : 1; });
  // Home does nothing: the window is used up, and no more than that is on its way.
  EXPECT_EQ(settled(reported), static_cast<int>(credit::messages_max));
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(expected, total);
  EXPECT_EQ(wrong, 0);
}

TEST_F(FlowTest, HoldsTheProducerOfLargeValuesEarlier) {
  std::atomic<int> reported{0};
  auto future = submit_progress(*user, [&](progress<std::vector<char>>& report) {
    for (int i = 0; i < 64; ++i) {
      report(std::vector<char>(1 << 20));
      ++reported;
    }
  });
  int seen = 0;
  future.on_progress([&](const std::vector<char>& report) { seen += report.size() == 1 << 20; });
  EXPECT_LE(settled(reported), 9);
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(seen, 64);
}

TEST_F(FlowTest, LetsASingleValueThroughThatIsLargerThanTheWindow) {
  auto future = submit_iteration(*user, []() -> generator<std::vector<char>> {
    for (int i = 0; i < 3; ++i) co_yield std::vector<char>(2 * credit::bytes_max);
  });
  int seen = 0;
  future.on_item([&](const std::vector<char>&) { ++seen; });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(seen, 3);
}

TEST_F(FlowTest, DeliversTheLatestValueAndAlwaysTheLast) {
  constexpr int total = 200000;
  auto future = submit_progress(*user, {delivery::latest_value}, count_up, total, nullptr);
  int last = -1;
  int seen = 0;
  int wrong = 0;
  bool last_before_the_end = false;
  future.on_progress([&](int report) {
    wrong += report > last ? 0 : 1;
    last = report;
    ++seen;
  });
  future.on_done([&](const auto&) { last_before_the_end = last == total - 1; });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(last, total - 1);
  EXPECT_TRUE(last_before_the_end);
  EXPECT_LE(seen, total);
}

void many_steps(steps_reporter& steps, int to, std::atomic<int>* reported) {
  for (int i = 0; i < to; ++i) {
    steps.step(std::to_string(i));
    if (reported != nullptr) ++*reported;
  }
}

TEST_F(FlowTest, TellsTheLatestStepAndNeverHoldsWhoMakesThem) {
  constexpr int total = 20000;
  std::atomic<int> reported{0};
  auto future =
      submit_steps(*user, {total, "first", delivery::latest_value}, many_steps, total, &reported);
  // Home is not there, and the task goes on to its end.
  while (reported < total) std::this_thread::yield();
  EXPECT_EQ(future.message(), "first");
  std::vector<std::string> told;
  future.on_message([&](const auto& now) { told.push_back(now.message()); });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.message(), std::to_string(total - 1));
  EXPECT_EQ(future.complete(), static_cast<std::uint64_t>(total - 1));
  EXPECT_EQ(told, std::vector<std::string>{std::to_string(total - 1)});
}

TEST_F(FlowTest, NeverHoldsAProducerThatWantsItsLatestValueOnly) {
  std::atomic<int> reported{0};
  constexpr int total = 50000;
  auto future = submit_progress(*user, {delivery::latest_value}, count_up, total, &reported);
  std::vector<int> seen;
  future.on_progress([&](int report) { seen.push_back(report); });
  // Home does nothing until the producer has ended.
  EXPECT_EQ(settled(reported), total);
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(seen, (std::vector{total - 1}));
}

TEST_F(FlowTest, ReleasesAHeldProducerByACancel) {
  std::atomic<int> reported{0};
  auto future = submit_progress(*user, count_up, 1 << 30, &reported);
  settled(reported);
  EXPECT_TRUE(future.cancel());
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.state(), future_state::cancelled);
}

TEST_F(FlowTest, ReleasesAHeldProducerByAStopAShutdownAndADestructor) {
  for (const int how : {0, 1, 2}) {
    std::optional<executor> own(std::in_place, loop,
                                executor_options{.context = &context, .worker_count = 1});
    std::atomic<int> reported{0};
    auto future = submit_progress(*own, count_up, 1 << 30, &reported);
    settled(reported);
    if (how == 0) {
      own->stop();
      ASSERT_TRUE(wait(future));
    } else if (how == 1) {
      EXPECT_TRUE(own->shutdown(guard).stopped);
    } else {
      own.reset();
    }
    EXPECT_EQ(future.state(), future_state::cancelled);
  }
}

TEST_F(FlowTest, KeepsATimerOfTheLoopAliveUnderTheFloodOfSixteenExecutors) {
  std::vector<std::unique_ptr<executor>> users;
  std::vector<progress_future<int, void>> futures;
  long seen = 0;
  for (int i = 0; i < 16; ++i) {
    users.push_back(
        std::make_unique<executor>(loop, executor_options{.context = &context, .worker_count = 1}));
    futures.push_back(submit_progress(*users.back(), count_up, 1 << 30, nullptr));
    futures.back().on_progress([&](int) { ++seen; });
  }
  ASSERT_TRUE(loop.run_until([&] { return seen > 0; }, guard));
  // Turns end in time, so other things that the loop does come in between.
  int ticks = 0;
  for (int tick = 0; tick < 100; ++tick) {
    bool called = false;
    loop.call_soon([&] { called = true; });
    ASSERT_TRUE(loop.run_until([&] { return called; }, guard));
    ++ticks;
  }
  EXPECT_EQ(ticks, 100);
  for (auto& each : users) EXPECT_TRUE(each->shutdown(guard).stopped);
}

// Row 25.
TEST_F(FlowTest, KeepsNoItemBetweenWorkerAndObserver) {
  const auto asked_again = context.make_event();
  const auto go_on = context.make_event();
  std::weak_ptr<int> watched;
  bool seen = false;
  auto future = submit_iteration(*user, [=]() -> generator<std::shared_ptr<int>> {
    co_yield std::make_shared<int>(1);
    asked_again.set();
    go_on.wait();
  });
  future.on_item([&](const std::shared_ptr<int>& item) {
    EXPECT_EQ(item.use_count(), 1);
    watched = item;
    seen = true;
  });
  ASSERT_TRUE(wait([&] { return seen; }));
  ASSERT_TRUE(asked_again.wait_for(guard));
  EXPECT_TRUE(watched.expired());
  go_on.set();
  ASSERT_TRUE(wait(future));
}

TEST_F(FlowTest, MovesItemsOutOfAContainerThatIsItsOwn) {
  auto future = submit_iteration(*user, [] {
    std::vector<std::unique_ptr<int>> items;
    for (int i = 0; i < 3; ++i) items.push_back(std::make_unique<int>(i));
    return items;
  });
  std::vector<int> seen;
  future.on_item([&](const std::unique_ptr<int>& item) { seen.push_back(*item); });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(seen, (std::vector{0, 1, 2}));
}

TEST_F(FlowTest, LeavesAContainerOfTheUsersUntouched) {
  std::vector<std::string> items{"a", "b"};
  auto future =
      submit_iteration(*user, [&items]() -> const std::vector<std::string>& { return items; });
  std::vector<std::string> seen;
  future.on_item([&](const auto&, const std::string& item) { seen.push_back(item); });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(seen, items);
}

// Rows 64 to 66. Adapted: there are no deprecated forms; arguments are passed on.
TEST_F(FlowTest, PassesArgumentsToEveryKind) {
  const std::string text = "text";
  auto iteration = submit_iteration(
      *user, [](int n, const std::string& t) { return std::vector<std::string>(n, t); }, 2, text);
  auto reporting = submit_progress(
      *user,
      [](progress<int>&, std::string_view t, int n) { return std::string(t) + std::to_string(n); },
      "text", 3);
  auto stepping = submit_steps(
      *user, 1, "", [](steps_reporter&, std::unique_ptr<int> n) { return *n; },
      std::make_unique<int>(4));
  int items = 0;
  iteration.on_item([&](const std::string& item) { items += item == "text" ? 1 : 0; });
  ASSERT_TRUE(wait(iteration) && wait(reporting) && wait(stepping));
  EXPECT_EQ(items, 2);
  EXPECT_EQ(reporting.result(), "text3");
  EXPECT_EQ(stepping.result(), 4);
}

TEST_F(FlowTest, ObserversOfItemsMayCancelAndAreToldOnce) {
  auto future = submit_iteration(*user, [] { return std::vector<int>(100, 1); });
  int items = 0;
  std::string told;
  future.on_state([&](const auto& now) { told += std::string(to_string(now.state())) + " "; });
  future.on_item([&](const auto& now, int) {
    ++items;
    EXPECT_TRUE(now.cancel());
  });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(items, 1);
  EXPECT_EQ(told, "executing cancelling cancelled ");
}

TEST_F(FlowTest, KeepsNoObserverOfWhatComesNoMore) {
  auto reports = submit_progress(*user, [](progress<int>&) {});
  auto items = submit_iteration(*user, [] { return std::vector<int>(); });
  auto steps = submit_steps(*user, 1, "one", [](steps_reporter&) {});
  ASSERT_TRUE(wait(reports) && wait(items) && wait(steps));
  const auto held = std::make_shared<int>();
  reports.on_progress([held](int) {});
  items.on_item([held](int) {});
  steps.on_message([held] {});
  EXPECT_EQ(held.use_count(), 1);
}

generator<int, std::string> count_to_two() {
  co_yield 1;
  co_yield 2;
  co_return "two";
}

generator<int, std::string> fail_after_one() {
  co_yield 1;
  throw std::runtime_error("no more");
}

TEST(GeneratorTest, GivesItsResultOnceAndNotBeforeItsEnd) {
  auto counting = count_to_two();
  EXPECT_THROW(counting.take_result(), not_done);
  EXPECT_EQ(counting.next(), 1);
  EXPECT_THROW(counting.take_result(), not_done);
  auto moved = std::move(counting);
  EXPECT_EQ(counting.next(), std::nullopt);
  EXPECT_THROW(counting.take_result(), not_done);
  EXPECT_EQ(moved.next(), 2);
  EXPECT_EQ(moved.next(), std::nullopt);
  EXPECT_EQ(moved.take_result(), "two");
  EXPECT_THROW(moved.take_result(), not_done);
  auto failing = fail_after_one();
  EXPECT_EQ(failing.next(), 1);
  EXPECT_THROW(failing.next(), std::runtime_error);
  EXPECT_EQ(failing.next(), std::nullopt);
  EXPECT_THROW(failing.take_result(), not_done);
}

TEST_F(FlowTest, GivesAStopTokenAfterTheReporter) {
  auto future = submit_progress(
      *user,
      [](progress<int>&, std::stop_token token, int n) { return token.stop_possible() ? n : 0; },
      5);
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.result(), 5);
}

TEST_F(FlowTest, TestsBodiesAloneWithAReporterThatDoesNothing) {
  null_steps_reporter nobody(3);
  const auto body = [](steps_reporter& steps) {
    steps.step("one");
    steps.check();
    steps.stop("end");
    return steps.total();
  };
  EXPECT_EQ(body(nobody), 3U);
  EXPECT_FALSE(nobody.cancelled());
}

// A kind of task of the user's own.
class ping_future : public custom_future<ping_future, int> {
 public:
  ping_future() = default;
  explicit ping_future(ref<future_core> core) : custom_future(std::move(core)) {}

  template <class Observer>
  subscription on_ping(Observer observer) const {
    return on_message<int>("ping", std::move(observer));
  }
  template <class Observer>
  subscription on_pong(Observer observer) const {
    return on_message("pong", std::move(observer));
  }
};

struct ping {
  using future_type = ping_future;
  event until;

  int operator()(task_channel& channel) {
    channel.send("ping", 123);
    channel.send("pong");
    until.wait();
    channel.send("ping", 999);
    channel.send("ping", 1.5);
    channel.send("unheard", 1);
    return 7;
  }
};

// Rows 46 and 149.
TEST_F(FlowTest, RunsKindsOfTheUsersOwn) {
  testing::log_capture log;
  const auto until = context.make_event();
  until.set();
  auto future = user->submit(ping{until});
  std::vector<int> pings;
  int pongs = 0;
  future.on_ping([&](int n) { pings.push_back(n); });
  future.on_pong([&](const auto&) { ++pongs; });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(pings, (std::vector{123, 999}));
  EXPECT_EQ(pongs, 1);
  EXPECT_EQ(future.result(), 7);
  EXPECT_EQ(log.count("no handler for a message 'unheard'"), 1);
  EXPECT_EQ(log.count("no handler for a message 'ping'"), 1);
}

// Rows 47 to 49; the invalid ones are the machine's, see the future room's tests.
TEST_F(FlowTest, IgnoresMessagesOfTheUsersOwnAfterACancel) {
  testing::log_capture log;
  const auto until = context.make_event();
  auto future = user->submit(ping{until});
  std::vector<int> pings;
  future.on_ping([&](int n) { pings.push_back(n); });
  ASSERT_TRUE(wait([&] { return !pings.empty(); }));
  EXPECT_TRUE(future.cancel());
  until.set();
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(pings, (std::vector{123}));
  EXPECT_EQ(future.state(), future_state::cancelled);
}

TEST_F(FlowTest, EndsWhenTheExecutorGoesWithReportsOnTheirWay) {
  std::atomic<int> reported{0};
  auto future = submit_progress(*user, count_up, 500, &reported);
  int seen = 0;
  future.on_progress([&](int) {
    ++seen;
    user.reset();
  });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace offstage
