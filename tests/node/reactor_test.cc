// Descriptors and moments, and the one thread that waits for them.

#include "actors/node/reactor.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "actors/node/child_process.h"
#include "tests/support/call_refusal.h"
#include "tests/support/log_capture.h"
#include "tests/support/thread_refusal.h"

namespace offstage {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds guard{60};

descriptor new_event(unsigned count = 0) {
  return descriptor(::eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK));
}

void ring(const descriptor& bell) {
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(bell.get(), &one, sizeof one), 8);
}

std::uint64_t answer(int bell) {
  std::uint64_t count = 0;
  return ::read(bell, &count, sizeof count) == 8 ? count : 0;
}

// Waits until the reactor has done what it was given before, and has looked at its descriptors
// afterwards, twice.
void let_it_turn(reactor& which) {
  const auto next = [](auto&& begin) {
    const auto done = std::make_shared<std::promise<void>>();
    begin(done);
    ASSERT_EQ(done->get_future().wait_for(guard), std::future_status::ready);
  };
  next([&](auto done) { which.post([done] { done->set_value(); }); });
  for (int i = 0; i < 2; ++i) {
    const auto bell = new_event(1);
    next([&](auto done) {
      which.watch(bell.get(), EPOLLIN, [&which, done, number = bell.get()](std::uint32_t) {
        which.forget(number);
        done->set_value();
      });
    });
  }
}

TEST(ReactorTest, CallsWhenADescriptorIsReadyAndNotBefore) {
  const auto bell = new_event();
  std::atomic<std::uint64_t> heard{0};
  reactor one("test-reactor");
  one.watch(bell.get(), EPOLLIN, [&](std::uint32_t events) {
    EXPECT_TRUE(one.here());
    EXPECT_NE(events & EPOLLIN, 0U);
    heard += answer(bell.get());
  });
  let_it_turn(one);
  EXPECT_EQ(heard, 0U);
  EXPECT_FALSE(one.here());
  for (std::uint64_t i = 1; i <= 100; ++i) {
    ring(bell);
    while (heard < i) std::this_thread::yield();
  }
}

TEST(ReactorTest, CallsAgainForWhatWasLeft) {
  const auto bell = new_event(1);
  std::promise<void> third;
  int calls = 0;
  reactor one("test-reactor");
  one.watch(bell.get(), EPOLLIN, [&](std::uint32_t) {
    if (++calls < 3) return;
    answer(bell.get());
    if (calls == 3) third.set_value();
  });
  EXPECT_EQ(third.get_future().wait_for(guard), std::future_status::ready);
}

TEST(ReactorTest, WatchesForOtherEventsWhenItIsTold) {
  const auto bell = new_event();
  std::promise<std::uint32_t> seen;
  reactor one("test-reactor");
  one.watch(bell.get(), EPOLLIN, [&](std::uint32_t events) {
    one.watch_for(bell.get(), EPOLLIN);
    seen.set_value(events);
  });
  let_it_turn(one);
  one.watch_for(bell.get(), EPOLLIN | EPOLLOUT);
  auto events = seen.get_future();
  ASSERT_EQ(events.wait_for(guard), std::future_status::ready);
  EXPECT_EQ(events.get(), static_cast<std::uint32_t>(EPOLLOUT));
  let_it_turn(one);
}

TEST(ReactorTest, CallsNothingForWhatWasForgottenInTheSameTurn) {
  const auto first = new_event(1);
  const auto second = new_event(1);
  int calls = 0;
  reactor one("test-reactor");
  const auto forget_both = [&](std::uint32_t) {
    ++calls;
    one.forget(first.get());
    one.forget(second.get());
  };
  one.post([&] {
    one.watch(first.get(), EPOLLIN, forget_both);
    one.watch(second.get(), EPOLLIN, forget_both);
  });
  let_it_turn(one);
  let_it_turn(one);
  one.post([&] { EXPECT_EQ(calls, 1); });
  let_it_turn(one);
}

TEST(ReactorTest, LetsGoOfWhatItForgets) {
  const auto bell = new_event();
  auto kept = std::make_shared<int>(0);
  reactor one("test-reactor");
  one.watch(bell.get(), EPOLLIN, [kept](std::uint32_t) {});
  EXPECT_EQ(kept.use_count(), 2);
  one.forget(bell.get());
  EXPECT_EQ(kept.use_count(), 1);
  one.forget(bell.get());
}

TEST(ReactorTest, MayForgetAFunctionWhileItRuns) {
  const auto bell = new_event(1);
  std::promise<int> alive;
  reactor one("test-reactor");
  one.watch(bell.get(), EPOLLIN, [&, kept = std::make_shared<int>(7)](std::uint32_t) {
    one.forget(bell.get());
    alive.set_value(*kept);
  });
  EXPECT_EQ(alive.get_future().get(), 7);
  let_it_turn(one);
}

TEST(ReactorTest, CallsWhatWasPostedInOrder) {
  std::promise<void> last;
  reactor one("test-reactor");
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) one.post([&order, i] { order.push_back(i); });
  one.post([&] {
    one.post([&] { last.set_value(); });
    order.push_back(1000);
  });
  ASSERT_EQ(last.get_future().wait_for(guard), std::future_status::ready);
  ASSERT_EQ(order.size(), 1001U);
  for (int i = 0; i <= 1000; ++i) EXPECT_EQ(order[i], i);
}

TEST(ReactorTest, CallsOneFunctionAtATime) {
  const auto bell = new_event(1);
  std::atomic<int> inside{0};
  std::atomic<int> calls{0};
  reactor one("test-reactor");
  const auto alone = [&] {
    EXPECT_EQ(++inside, 1);
    ++calls;
    --inside;
  };
  one.watch(bell.get(), EPOLLIN, [alone](std::uint32_t) { alone(); });
  std::vector<std::thread> posters;
  for (int i = 0; i < 4; ++i) {
    posters.emplace_back([&] {
      for (int k = 0; k < 500; ++k) {
        one.post(alone);
        one.call_at(reactor::clock::now(), alone);
      }
    });
  }
  for (auto& each : posters) each.join();
  while (calls < 4000) std::this_thread::yield();
}

TEST(ReactorTest, CallsAtMomentsInTheirOrderAndNotEarlier) {
  std::promise<void> last;
  reactor one("test-reactor");
  std::vector<int> order;
  const auto begin = reactor::clock::now();
  const auto at = [&](int delay) {
    one.call_at(begin + milliseconds(delay), [&order, begin, delay] {
      EXPECT_GE(reactor::clock::now() - begin, milliseconds(delay));
      order.push_back(delay);
    });
  };
  for (const int delay : {30, 10, 20, 0}) at(delay);
  one.call_at(begin + milliseconds(30), [&] { order.push_back(31); });
  one.call_at(begin + milliseconds(40), [&] { last.set_value(); });
  ASSERT_EQ(last.get_future().wait_for(guard), std::future_status::ready);
  EXPECT_EQ(order, (std::vector<int>{0, 10, 20, 30, 31}));
}

TEST(ReactorTest, CallsAtMomentsThatItsOwnFunctionsChoose) {
  std::promise<void> last;
  reactor one("test-reactor");
  one.post([&] {
    one.call_at(reactor::clock::now() + milliseconds(5), [&] {
      one.call_at(reactor::clock::now() - milliseconds(5), [&] { last.set_value(); });
    });
  });
  EXPECT_EQ(last.get_future().wait_for(guard), std::future_status::ready);
}

TEST(ReactorTest, EndsAtOnceAndLetsGoOfEverything) {
  const auto bell = new_event(1);
  auto kept = std::make_shared<int>(0);
  std::promise<void> begun;
  std::promise<void> go;
  std::optional<reactor> one(std::in_place, "test-reactor");
  one->post([&] {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  one->post([kept] {});
  one->call_at(reactor::clock::now(), [kept] {});
  one->call_at(reactor::clock::now() + std::chrono::hours(1), [kept] {});
  one->watch(bell.get(), EPOLLIN, [kept](std::uint32_t) {});
  std::promise<void> ending;
  std::thread ends([&] {
    ending.set_value();
    one.reset();
  });
  ending.get_future().wait();
  go.set_value();
  ends.join();
  EXPECT_EQ(kept.use_count(), 1);
}

TEST(ReactorTest, MayBeDestroyedInItsOwnThread) {
  const auto bell = new_event();
  auto kept = std::make_shared<int>(0);
  std::promise<void> last_one_gone;
  std::shared_ptr<int> until_last(new int(0), [&](const int* number) {
    delete number;
    last_one_gone.set_value();
  });
  auto* const one = new reactor("test-reactor");
  std::promise<void> go;
  one->post([&] { go.get_future().wait(); });
  std::atomic<int> calls{0};
  one->post([&, one, kept] {
    delete one;
    ++calls;
  });
  // In the same turn, and later: never called, and let go of.
  one->post([&, kept] { ++calls; });
  one->call_at(reactor::clock::now() + std::chrono::hours(1), [&, kept] { ++calls; });
  one->watch(bell.get(), EPOLLIN,
             [&, kept, last = std::move(until_last)](std::uint32_t) { ++calls; });
  go.set_value();
  ASSERT_EQ(last_one_gone.get_future().wait_for(guard), std::future_status::ready);
  EXPECT_EQ(calls, 1);
}

TEST(ReactorTest, IsNotMadeWithoutAThread) {
  const testing::thread_refusal none;
  EXPECT_THROW(reactor("test-reactor"), std::system_error);
  EXPECT_EQ(none.refused(), 1);
}

TEST(ReactorTest, NeedsNoThreadButItsOwn) {
  const auto bell = new_event();
  std::promise<void> last;
  std::promise<void> gone;
  std::shared_ptr<int> until_gone(new int(0), [&](const int* number) {
    delete number;
    gone.set_value();
  });
  auto* const one = new reactor("test-reactor");
  const testing::thread_refusal none;
  one->watch(bell.get(), EPOLLIN, [&, kept = std::move(until_gone)](std::uint32_t) {
    answer(bell.get());
    one->call_at(reactor::clock::now(), [&] { last.set_value(); });
  });
  ring(bell);
  ASSERT_EQ(last.get_future().wait_for(guard), std::future_status::ready);
  one->post([one] { delete one; });
  ASSERT_EQ(gone.get_future().wait_for(guard), std::future_status::ready);
  EXPECT_EQ(none.refused(), 0);
}

TEST(ReactorTest, HasAThreadWithANameAndWithoutSignals) {
  std::promise<std::string> name;
  std::promise<bool> blocked;
  reactor one("test-reactor");
  one.post([&] {
    char text[32] = {};
    pthread_getname_np(pthread_self(), text, sizeof text);
    name.set_value(text);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked.set_value(sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1 &&
                      sigismember(&mask, SIGPIPE) == 1);
  });
  EXPECT_EQ(name.get_future().get(), "test-reactor");
  EXPECT_TRUE(blocked.get_future().get());
}

TEST(ReactorTest, RefusesWhatCannotBeWatched) {
  reactor one("test");
  const auto bell = new_event(1);
  std::atomic<int> calls{0};
  {
    const testing::watch_refusal none(0);
    EXPECT_THROW(one.watch(bell.get(), EPOLLIN, [&](std::uint32_t) { ++calls; }),
                 std::system_error);
  }
  EXPECT_EQ(one.watch_for(bell.get(), EPOLLIN), 0);
  let_it_turn(one);
  EXPECT_EQ(calls, 0);
}

TEST(ReactorTest, CannotBeWithoutItsBell) {
  const testing::watch_refusal none(0);
  EXPECT_THROW(reactor("test"), std::system_error);
}

TEST(ReactorTest, GoesOnAfterAnExceptionAndLogsIt) {
  const testing::log_capture log;
  reactor one("test");
  const auto bell = new_event(1);
  std::atomic<int> calls{0};
  one.watch(bell.get(), EPOLLIN, [&, number = bell.get()](std::uint32_t) {
    if (++calls == 1) throw std::runtime_error("of a descriptor");
    one.forget(number);
  });
  one.post([] { throw std::runtime_error("of what was posted"); });
  one.call_at(reactor::clock::now(), [] { throw 3; });
  ASSERT_TRUE(log.wait_for(3));
  let_it_turn(one);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(log.count("of a descriptor"), 1);
  EXPECT_EQ(log.count("of what was posted"), 1);
}

}  // namespace
}  // namespace offstage
