// router_rows: rows 85 to 108, what every router does.
//
// Question: do messages arrive, in order, when and where they should?
// Zone:     home.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/loop/calling_out.h"
#include "actors/loop/manual_loop.h"
#include "actors/router/message_router.h"
#include "tests/contract/guard.h"
#include "tests/support/log_capture.h"

namespace offstage::contract {

/// A message that carries a number.
inline mail numbered(std::uint64_t number) {
  flat_message words(1);
  words.writable()[0] = number;
  return {std::move(words), nullptr};
}

/// Keeps the numbers it gets, and calls what it is told to.
class number_receiver final : public receiver {
 public:
  void add_ref() const noexcept override { ++count_; }
  void release() const noexcept override {
    if (--count_ == 0) delete this;
  }

  const std::vector<std::uint64_t>& numbers() const { return numbers_; }
  void then(std::function<void(std::uint64_t)> call) { then_ = std::move(call); }

 protected:
  void receive(mail message) noexcept override {
    const auto number = message.words.words()[0];
    numbers_.push_back(number);
    if (!then_) return;
    const calling_out now(home_bell());
    then_(number);
  }

 private:
  mutable std::atomic<int> count_{0};
  std::vector<std::uint64_t> numbers_;
  std::function<void(std::uint64_t)> then_;
};

inline std::size_t threads_now() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

/// A `Factory` makes a router when it is called with a loop, and outlives it.
template <class Factory>
class RouterRows : public ::testing::Test {
 protected:
  std::unique_ptr<message_router> make() { return factory(loop); }

  static ref<number_receiver> receiver() { return ref<number_receiver>(new number_receiver); }

  // A sender that sends these numbers in a thread of its own.
  static std::thread sending_thread(sender port, std::vector<std::uint64_t> numbers) {
    return std::thread([port = std::move(port), numbers = std::move(numbers)]() mutable {
      sending now(port);
      for (const auto each : numbers) port.send(numbered(each));
    });
  }

  template <class Condition>
  bool wait(Condition condition) {
    return loop.run_until(std::function<bool()>(condition), guard);
  }

  testing::log_capture log;
  manual_loop loop;
  Factory factory;
  std::unique_ptr<message_router> router = make();
};

TYPED_TEST_SUITE_P(RouterRows);

// Row 85.
TYPED_TEST_P(RouterRows, SendAndReceive) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto thread = this->sending_thread(router.open_pipe(to), {1, 2});
  ASSERT_TRUE(this->wait([&] { return to->numbers().size() == 2; }));
  EXPECT_EQ(to->numbers(), (std::vector<std::uint64_t>{1, 2}));
  thread.join();
  router.close_pipe(*to);
  router.stop();
  EXPECT_EQ(this->log.count("unclosed"), 0);
}

// Row 86.
TYPED_TEST_P(RouterRows, SendAndReceiveMultipleSenders) {
  constexpr std::uint64_t pipes = 64;
  constexpr std::uint64_t messages = 64;
  auto& router = *this->router;
  router.start();
  std::vector<ref<number_receiver>> to;
  std::vector<std::thread> threads;
  std::vector<std::vector<std::uint64_t>> sent(pipes);
  for (std::uint64_t pipe = 0; pipe < pipes; ++pipe) {
    for (std::uint64_t i = 0; i < messages; ++i) sent[pipe].push_back(pipe * 1000 + i);
    to.push_back(this->receiver());
    threads.push_back(this->sending_thread(router.open_pipe(to.back()), sent[pipe]));
  }
  for (std::uint64_t pipe = 0; pipe < pipes; ++pipe) {
    EXPECT_EQ(to[pipe]->connection(), pipe);
    ASSERT_TRUE(this->wait([&] { return to[pipe]->numbers().size() == messages; }));
    EXPECT_EQ(to[pipe]->numbers(), sent[pipe]);
    router.close_pipe(*to[pipe]);
  }
  for (auto& each : threads) each.join();
  router.stop();
}

// Rows 87 and 88.
TYPED_TEST_P(RouterRows, SendAndReceiveAtHome) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  {
    sending now(port);
    port.send(numbered(5));
    EXPECT_TRUE(to->numbers().empty());
  }
  EXPECT_THROW(port.send(numbered(6)), sender_misuse);
  ASSERT_TRUE(this->wait([&] { return !to->numbers().empty(); }));
  EXPECT_EQ(to->numbers(), (std::vector<std::uint64_t>{5}));
  router.close_pipe(*to);
  router.stop();
}

// Rows 89 to 92.
TYPED_TEST_P(RouterRows, RefusesCallsInTheWrongState) {
  auto& router = *this->router;
  EXPECT_THROW(router.stop(), router_misuse);
  EXPECT_THROW(router.open_pipe(this->receiver()), router_misuse);
  EXPECT_THROW(router.route_until([] { return true; }, std::nullopt), router_misuse);
  router.start();
  EXPECT_THROW(router.start(), router_misuse);
  router.stop();
  EXPECT_THROW(router.stop(), router_misuse);
  EXPECT_THROW(router.open_pipe(this->receiver()), router_misuse);
}

TYPED_TEST_P(RouterRows, MayBeStartedAgain) {
  auto& router = *this->router;
  router.start();
  router.stop();
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  port.start();
  port.send(numbered(1));
  ASSERT_TRUE(this->wait([&] { return to->numbers().size() == 1; }));
  router.close_pipe(*to);
  router.stop();
}

// Rows 93 and 94.
TYPED_TEST_P(RouterRows, WarnsOfUnclosedPipes) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  router.stop();
  EXPECT_EQ(this->log.count("1 unclosed pipes"), 1);
  EXPECT_THROW(router.close_pipe(*to), router_misuse);
}

TYPED_TEST_P(RouterRows, ClosesAPipeOnce) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  EXPECT_THROW(router.open_pipe(to), router_misuse);
  router.close_pipe(*to);
  EXPECT_THROW(router.close_pipe(*to), router_misuse);
  router.stop();
}

// Row 95.
TYPED_TEST_P(RouterRows, CleansUpItsThreads) {
  const auto before = threads_now();
  this->router->start();
  this->router->stop();
  EXPECT_EQ(threads_now(), before);
}

// Row 96.
TYPED_TEST_P(RouterRows, SendAfterClose) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  port.start();
  router.close_pipe(*to);
  port.send(numbered(1));
  EXPECT_EQ(this->log.count("discarding message from closed pipe"), 0);
  ASSERT_TRUE(
      this->wait([&] { return this->log.count("discarding message from closed pipe #0") == 1; }));
  EXPECT_TRUE(to->numbers().empty());
  router.stop();
}

// Rows 97 to 101.
TYPED_TEST_P(RouterRows, SendersAreUsedInOrderAndOnce) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  EXPECT_THROW(port.send(numbered(1)), sender_misuse);
  EXPECT_THROW(port.stop(), sender_misuse);
  EXPECT_THROW(port.send_last(numbered(1)), sender_misuse);
  port.start();
  EXPECT_THROW(port.start(), sender_misuse);
  port.stop();
  EXPECT_THROW(port.stop(), sender_misuse);
  EXPECT_THROW(port.start(), sender_misuse);
  EXPECT_THROW(port.send(numbered(1)), sender_misuse);
  router.close_pipe(*to);
  router.stop();
}

// Rows 102 and 103.
TYPED_TEST_P(RouterRows, RouteUntil) {
  auto& router = *this->router;
  router.start();
  for (const auto limit : {std::optional<std::chrono::nanoseconds>(guard),
                           std::optional<std::chrono::nanoseconds>()}) {
    auto to = this->receiver();
    auto thread = this->sending_thread(router.open_pipe(to), {1, 2});
    EXPECT_TRUE(router.route_until([&] { return to->numbers().size() == 2; }, limit));
    EXPECT_EQ(to->numbers(), (std::vector<std::uint64_t>{1, 2}));
    thread.join();
    router.close_pipe(*to);
  }
  router.stop();
}

// Row 104. Adapted: a result instead of an error.
TYPED_TEST_P(RouterRows, RouteUntilTimeout) {
  this->router->start();
  EXPECT_FALSE(this->router->route_until([] { return false; }, std::chrono::milliseconds(20)));
  this->router->stop();
}

// Row 105.
TYPED_TEST_P(RouterRows, RouteUntilTimeoutWithRepeatedMessages) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  port.start();
  std::atomic<bool> quit{false};
  // Messages keep coming, so a deadline that began anew with each would never pass.
  std::thread thread([&] {
    while (!quit) {
      port.send(numbered(1));
      std::this_thread::yield();
    }
  });
  EXPECT_FALSE(router.route_until([] { return false; }, std::chrono::milliseconds(100)));
  quit = true;
  thread.join();
  router.close_pipe(*to);
  router.stop();
}

// Row 106.
TYPED_TEST_P(RouterRows, RouteUntilSecondCallAfterTimeout) {
  this->router->start();
  EXPECT_FALSE(this->router->route_until([] { return false; }, std::chrono::milliseconds(1)));
  EXPECT_TRUE(this->router->route_until([] { return true; }, std::chrono::milliseconds(1)));
  this->router->stop();
}

// Row 107.
TYPED_TEST_P(RouterRows, RouteUntilTimeoutWithQueuedMessages) {
  auto& router = *this->router;
  router.start();
  for (const auto limit : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(-5)}) {
    auto to = this->receiver();
    auto port = router.open_pipe(to);
    port.start();
    for (std::uint64_t i = 0; i < 10; ++i) port.send(numbered(i));
    EXPECT_TRUE(router.route_until([&] { return to->numbers().size() == 10; }, limit));
    router.close_pipe(*to);
  }
  router.stop();
}

// Row 108.
TYPED_TEST_P(RouterRows, EventLoopAfterRouteUntil) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  port.start();
  port.send(numbered(1));
  EXPECT_TRUE(router.route_until([&] { return to->numbers().size() == 1; }, guard));
  // The wake-up is still in the loop, the message is not.
  EXPECT_FALSE(this->loop.run_until([] { return false; }, std::chrono::milliseconds(1)));
  EXPECT_EQ(to->numbers().size(), 1U);
  // The loop delivers again.
  port.send(numbered(2));
  EXPECT_TRUE(this->wait([&] { return to->numbers().size() == 2; }));
  router.close_pipe(*to);
  router.stop();
}

TYPED_TEST_P(RouterRows, IsUsedAtHomeOnly) {
  this->router->start();
  std::thread([&] {
    EXPECT_THROW(this->router->stop(), wrong_sequence);
    EXPECT_THROW(this->router->open_pipe(this->receiver()), wrong_sequence);
  }).join();
  this->router->stop();
}

TYPED_TEST_P(RouterRows, ServesANestedLoopFromWithinAReceiver) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  port.start();
  bool nested = false;
  to->then([&](std::uint64_t number) {
    if (number != 0) return;
    // Number 1 waits in the same batch; number 2 comes only now.
    port.send(numbered(2));
    nested = this->wait([&] { return to->numbers().size() == 3; });
  });
  port.send(numbered(0));
  port.send(numbered(1));
  ASSERT_TRUE(this->wait([&] { return to->numbers().size() == 3; }));
  EXPECT_TRUE(nested);
  EXPECT_EQ(to->numbers(), (std::vector<std::uint64_t>{0, 1, 2}));
  router.close_pipe(*to);
  router.stop();
}

TYPED_TEST_P(RouterRows, MayBeStoppedFromWithinAReceiver) {
  auto& router = *this->router;
  router.start();
  auto to = this->receiver();
  auto port = router.open_pipe(to);
  port.start();
  bool stopped = false;
  to->then([&](std::uint64_t) {
    router.close_pipe(*to);
    router.stop();
    stopped = true;
  });
  port.send(numbered(0));
  port.send(numbered(1));
  ASSERT_TRUE(this->wait([&] { return stopped; }));
  port.send(numbered(2));
  EXPECT_FALSE(this->loop.run_until([] { return false; }, std::chrono::milliseconds(1)));
  EXPECT_EQ(to->numbers().size(), 1U);
}

REGISTER_TYPED_TEST_SUITE_P(RouterRows, SendAndReceive, SendAndReceiveMultipleSenders,
                            SendAndReceiveAtHome, RefusesCallsInTheWrongState, MayBeStartedAgain,
                            WarnsOfUnclosedPipes, ClosesAPipeOnce, CleansUpItsThreads,
                            SendAfterClose, SendersAreUsedInOrderAndOnce, RouteUntil,
                            RouteUntilTimeout, RouteUntilTimeoutWithRepeatedMessages,
                            RouteUntilSecondCallAfterTimeout, RouteUntilTimeoutWithQueuedMessages,
                            EventLoopAfterRouteUntil, IsUsedAtHomeOnly,
                            ServesANestedLoopFromWithinAReceiver, MayBeStoppedFromWithinAReceiver);

}  // namespace offstage::contract
