// Asio's io_context and strands: what every loop does, and what is asio's own.

#include "actors/loop/asio/asio_loop.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/contract/home_rows.h"
#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

namespace asio = boost::asio;

class repeated_timer : public std::enable_shared_from_this<repeated_timer> {
 public:
  repeated_timer(asio::io_context& context, std::chrono::nanoseconds interval,
                 std::function<void()> call)
      : timer_(context), interval_(interval), call_(std::move(call)) {}

  void start() {
    timer_.expires_after(interval_);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      auto self = weak.lock();
      if (error || !self) return;
      self->start();
      self->call_();
    });
  }

 private:
  asio::steady_timer timer_;
  std::chrono::nanoseconds interval_;
  std::function<void()> call_;
};

struct asio_home {
  using loop_type = asio_loop;
  static constexpr bool any_thread = true;
  static constexpr bool nests = true;
  static constexpr bool goes_on = true;
  static constexpr bool outlived = true;

  std::unique_ptr<asio_loop> make_loop() { return std::make_unique<asio_loop>(context); }

  void run(std::chrono::nanoseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    const auto work = asio::make_work_guard(context);
    const int depth = ++running;
    if (depth == 1) context.restart();
    while (running == depth && std::chrono::steady_clock::now() < end) {
      context.run_one_until(end);
    }
    if (running == depth) --running;
  }
  void quit() { --running; }

  std::shared_ptr<repeated_timer> every(std::chrono::milliseconds interval,
                                        std::function<void()> call) {
    auto made = std::make_shared<repeated_timer>(context, interval, std::move(call));
    made->start();
    return made;
  }

  asio::io_context context;
  int running = 0;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Asio, LoopRows, asio_home);
INSTANTIATE_TYPED_TEST_SUITE_P(Asio, HomeRows, asio_home);

TEST(AsioLoopTest, RunReturnsWhenNothingIsUnderWay) {
  asio::io_context context;
  asio_loop loop(context);
  EXPECT_EQ(context.run(), 0U);
  context.restart();
  executor user{loop};
  // An executor without tasks keeps nothing running, either.
  context.run();
  context.restart();
  int told = 0;
  submit_call(user, twice, 21).on_done([&](const auto&) {
    ++told;
    submit_call(user, twice, 1).on_done([&](const auto&) { ++told; });
  });
  context.run();
  EXPECT_EQ(told, 2);
  // Calls from home and from elsewhere count as work, too.
  for (const bool elsewhere : {false, true}) {
    context.restart();
    const auto call = [&] { loop.call_soon([&] { ++told; }); };
    elsewhere ? std::thread(call).join() : call();
    context.run();
  }
  EXPECT_EQ(told, 4);
  // An observer of a future that has ended is called in a later turn.
  auto future = submit_call(user, twice, 1);
  context.restart();
  context.run();
  ASSERT_TRUE(future.done());
  future.on_done([&](const auto&) { ++told; });
  context.restart();
  context.run();
  EXPECT_EQ(told, 5);
}

TEST(AsioLoopTest, SeveralLoopsOfOneContextWithEveryConcurrencyHint) {
  for (const int hint : {BOOST_ASIO_CONCURRENCY_HINT_DEFAULT, BOOST_ASIO_CONCURRENCY_HINT_SAFE,
                         BOOST_ASIO_CONCURRENCY_HINT_1, BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO,
                         BOOST_ASIO_CONCURRENCY_HINT_UNSAFE}) {
    asio::io_context context(hint);
    asio_loop one(context);
    auto other = std::make_unique<asio_loop>(context);
    multithreading_context threads;
    executor first{one, threads};
    auto second = std::make_unique<executor>(*other, threads);
    int told = 0;
    const auto submit = [&] {
      context.restart();
      for (int i = 0; i < 50; ++i) {
        submit_call(first, twice, i).on_done([&](const auto&) {
          submit_call(*second, twice, 1).on_done([&](const auto&) { ++told; });
        });
      }
    };
    submit();
    context.run();
    EXPECT_EQ(told, 50);
    // A loop of frames.
    submit();
    while (told < 100) context.poll();
    // A context that is stopped goes on afterwards.
    submit();
    submit_call(first, twice, 1).on_done([&](const auto&) { context.stop(); });
    context.run();
    EXPECT_LE(told, 150);
    context.restart();
    context.run();
    EXPECT_EQ(told, 150);
    // A loop that goes in the middle keeps nothing running.
    context.restart();
    auto begun = threads.make_event();
    submit_call(*second, wait_for_stop, begun);
    submit_call(first, twice, 1).on_done([&](const auto&) {
      other = nullptr;
      second = nullptr;
    });
    context.run();
    EXPECT_TRUE(context.stopped());
    EXPECT_EQ(other, nullptr);
  }
}

// Whatever becomes of an executor, its tasks are something to do while they are its own, and no
// longer.
TEST(AsioLoopTest, RunReturnsWhateverBecameOfTheExecutor) {
  asio::io_context context;
  asio_loop loop(context);
  multithreading_context threads;
  const auto run = [&] {
    context.restart();
    context.run();
  };
  {
    // Refused.
    auto pool = threads.make_pool({.worker_count = 1});
    executor user{loop, {.context = &threads, .pool = pool}};
    pool->close();
    EXPECT_THROW(submit_call(user, twice, 1), std::exception);
    run();
  }
  auto until = threads.make_event();
  {
    // Not done in time.
    executor user{loop, {.context = &threads, .worker_count = 1}};
    auto begun = threads.make_event();
    auto future = submit_call(user, wait_for_event, begun, until);
    begun.wait();
    EXPECT_FALSE(user.shutdown(milliseconds(0)).stopped);
    std::thread ends([&] { until.set(); });
    run();
    ends.join();
    EXPECT_TRUE(future.done());
    EXPECT_TRUE(user.stopped());
  }
  until.clear();
  {
    // Left alone after two seconds.
    testing::log_capture log;
    auto begun = threads.make_event();
    std::optional<executor> user{std::in_place, loop, threads};
    submit_call(*user, wait_for_event, begun, until);
    begun.wait();
    user.reset();
    EXPECT_EQ(log.count("left alone"), 1);
    run();
    until.set();
  }
  {
    // Destroyed away from home, which ends it there at its next turn.
    testing::log_capture log;
    auto begun = threads.make_event();
    std::optional<executor> user{std::in_place, loop, threads};
    auto future = submit_call(*user, wait_for_stop, begun);
    begun.wait();
    std::thread([&] { user.reset(); }).join();
    run();
    EXPECT_EQ(log.count("away from its home"), 1);
    EXPECT_EQ(future.state(), future_state::cancelled);
  }
  run();
  EXPECT_TRUE(context.stopped());
}

TEST(AsioLoopTest, WaitsInAHandlerServeMessagesWithEveryConcurrencyHint) {
  for (const int hint : {BOOST_ASIO_CONCURRENCY_HINT_DEFAULT, BOOST_ASIO_CONCURRENCY_HINT_1,
                         BOOST_ASIO_CONCURRENCY_HINT_UNSAFE}) {
    asio::io_context context(hint);
    asio_loop loop(context);
    executor user{loop};
    int result = 0;
    bool posted = false;
    asio::post(context, [&] {
      auto future = submit_call(user, twice, 21);
      ASSERT_TRUE(loop.run_until(future, guard));
      result = future.result();
      asio::post(context, [&] { posted = true; });
      // With these hints asio keeps what a handler posts until the handler has returned.
      const bool kept = hint != BOOST_ASIO_CONCURRENCY_HINT_DEFAULT;
      EXPECT_NE(loop.run_until([&] { return posted; }, kept ? milliseconds(5) : guard), kept);
    });
    context.run();
    EXPECT_EQ(result, 42);
    EXPECT_TRUE(posted);
  }
}

TEST(AsioLoopTest, RunUntilLeavesTheContextAsItWas) {
  asio::io_context context;
  asio_loop loop(context);
  EXPECT_FALSE(loop.run_until([] { return false; }, milliseconds(1)));
  EXPECT_FALSE(context.stopped());
  bool ran = false;
  asio::post(context, [&] { ran = true; });
  EXPECT_EQ(context.run(), 1U);
  EXPECT_TRUE(ran);
  // One that ran out of work waits all the same; one that is stopped meanwhile ends the wait.
  EXPECT_TRUE(context.stopped());
  loop.call_soon([&] { context.stop(); });
  EXPECT_FALSE(loop.run_until([] { return false; }, guard));
  EXPECT_TRUE(context.stopped());
}

TEST(AsioLoopTest, RefusesASecondThreadWithoutAStrand) {
  asio::io_context context;
  asio_loop loop(context);
  executor user{loop};
  auto future = submit_call(user, twice, 21);
  std::string text;
  std::thread([&] {
    try {
      context.run();
    } catch (const wrong_sequence& error) {
      text = error.what();
    }
  }).join();
  EXPECT_NE(text.find("strand"), text.npos) << text;
  // Nothing is lost.
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.result(), 42);
}

TEST(AsioLoopTest, AStrandIsHomeWhateverThreadRunsIt) {
  constexpr int tasks = 2000;
  asio::io_context context;
  asio_loop::strand strand(context.get_executor());
  asio_loop loop(strand);
  EXPECT_FALSE(loop.at_home());
  std::optional<executor> user;
  std::atomic<int> inside{0};
  int told = 0;
  bool alone = true;
  asio::post(strand, [&] {
    EXPECT_TRUE(loop.at_home());
    user.emplace(loop);
    for (int i = 0; i < tasks; ++i) {
      submit_call(*user, twice, i).on_done([&](const auto& of) {
        alone = alone && ++inside == 1 && loop.at_home();
        told += of.result() >= 0 ? 1 : 0;
        --inside;
        if (told == tasks) user.reset();
      });
    }
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { context.run(); });
  for (auto& each : threads) each.join();
  EXPECT_EQ(told, tasks);
  EXPECT_TRUE(alone);
  EXPECT_FALSE(user.has_value());
  const auto here = loop.enter();
  EXPECT_TRUE(loop.at_home());
}

TEST(AsioLoopTest, WaitsInsideAStrandWhileOthersRun) {
  asio::io_context context;
  asio_loop::strand strand(context.get_executor());
  asio_loop loop(strand);
  int result = 0;
  std::atomic<int> others{0};
  asio::post(strand, [&] {
    executor user{loop};
    auto future = submit_call(user, twice, 21);
    ASSERT_TRUE(loop.run_until(future, guard));
    result = future.result();
  });
  for (int i = 0; i < 100; ++i) asio::post(context, [&] { ++others; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { context.run(); });
  for (auto& each : threads) each.join();
  EXPECT_EQ(result, 42);
  EXPECT_EQ(others, 100);
  const auto here = loop.enter();
}

TEST(AsioLoopTest, StrandsAreIndependent) {
  asio::io_context context;
  std::vector<asio_loop::strand> strands;
  std::vector<std::unique_ptr<asio_loop>> loops;
  std::vector<std::unique_ptr<executor>> users(8);
  std::vector<int> sums(8);
  for (int i = 0; i < 8; ++i) {
    strands.emplace_back(context.get_executor());
    loops.push_back(std::make_unique<asio_loop>(strands.back()));
    asio::post(strands[i], [&, i] {
      users[i] = std::make_unique<executor>(*loops[i], executor_options{.worker_count = 1});
      for (int n = 0; n < 100; ++n) {
        submit_call(*users[i], twice, n).on_done([&, i](const auto& of) {
          sums[i] += of.result();
          if (users[i]->open_tasks() == 0) users[i] = nullptr;
        });
      }
    });
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { context.run(); });
  for (auto& each : threads) each.join();
  for (const int each : sums) EXPECT_EQ(each, 99 * 100);
  for (auto& each : loops) {
    const auto here = each->enter();
    each = nullptr;
  }
}

// The context is gone before what was in a strand of it, in every order of the rest.
TEST(AsioLoopTest, AStrandGoesWithItsContext) {
  enum part { the_loop, the_executor, the_future, the_context };
  std::vector<part> order{the_loop, the_executor, the_future, the_context};
  multithreading_context threads;
  do {
    auto context = std::make_unique<asio::io_context>();
    auto loop = std::make_unique<asio_loop>(asio_loop::strand(context->get_executor()));
    const auto here = loop->enter();
    auto begun = threads.make_event();
    std::optional<executor> user{std::in_place, *loop,
                                 executor_options{.context = &threads, .worker_count = 1}};
    std::optional future(submit_call(*user, wait_for_stop, begun));
    begun.wait();
    for (const auto each : order) {
      switch (each) {
        case the_loop:
          loop = nullptr;
          break;
        case the_executor:
          user.reset();
          break;
        case the_future:
          future.reset();
          break;
        case the_context:
          context = nullptr;
          break;
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(AsioLoopTest, IsAskedForHomeWhileTheContextGoes) {
  for (int round = 0; round < 50; ++round) {
    auto context = std::make_unique<asio::io_context>();
    asio_loop loop(asio_loop::strand(context->get_executor()));
    std::atomic<bool> asks{false};
    std::atomic<bool> stop{false};
    std::thread other([&] {
      while (!stop) {
        EXPECT_FALSE(loop.at_home());
        asks = true;
      }
    });
    while (!asks) std::this_thread::yield();
    context = nullptr;
    EXPECT_FALSE(loop.at_home());
    stop = true;
    other.join();
  }
}

TEST(AsioLoopTest, IsWokenWhileTheContextGoes) {
  for (int round = 0; round < 50; ++round) {
    auto context = std::make_unique<asio::io_context>();
    asio_loop loop(*context);
    std::atomic<bool> wakes{false};
    std::atomic<bool> stop{false};
    std::thread other([&] {
      while (!stop) {
        loop.wake();
        wakes = true;
      }
    });
    while (!wakes) std::this_thread::yield();
    context = nullptr;
    stop = true;
    other.join();
  }
}

// Every wake-up is counted as work before it is counted as given back.
TEST(AsioLoopTest, WakeUpsTakeNoWorkFromOthers) {
  asio::io_context context;
  asio_loop loop(context);
  asio::steady_timer end(context, milliseconds(300));
  bool ended = false;
  end.async_wait([&](const auto&) { ended = true; });
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) loop.wake();
    });
  }
  context.run();
  // It returned because nothing was left to do, and that is after the timer.
  EXPECT_TRUE(ended);
  stop = true;
  for (auto& each : threads) each.join();
  // Nothing is counted for ever.
  context.restart();
  context.run();
  EXPECT_TRUE(context.stopped());
}

TEST(AsioLoopTest, AHandlersExceptionLeavesTheContextAsItWas) {
  asio::io_context context;
  asio_loop loop(context);
  asio::post(context, [] { throw std::runtime_error("the handler's own trouble"); });
  EXPECT_THROW(loop.run_until([] { return false; }, guard), std::runtime_error);
  EXPECT_FALSE(context.stopped());
  asio::post(context, [] {});
  EXPECT_EQ(context.run(), 1U);
}

TEST(AsioLoopTest, ACopyOfTheProcessThatEndsLeavesTheLoopAsItWas) {
  asio::io_context context;
  auto loop = std::make_unique<asio_loop>(context);
  const auto copy = fork();
  if (copy == 0) {
    loop = nullptr;
    _exit(0);
  }
  int status = 1;
  ASSERT_EQ(waitpid(copy, &status, 0), copy);
  EXPECT_EQ(status, 0);
  bool called = false;
  loop->call_soon([&] { called = true; });
  EXPECT_TRUE(loop->run_until([&] { return called; }, guard));
}

TEST(AsioLoopTest, AContextThatIsGoneIsALoopThatIsGone) {
  auto context = std::make_unique<asio::io_context>();
  asio_loop loop(*context);
  executor user{loop};
  auto future = submit_call(user, [](std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  context = nullptr;
  EXPECT_TRUE(loop.bell()->closed());
  loop.wake();
  EXPECT_FALSE(loop.run_until([] { return false; }, milliseconds(1)));
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_EQ(future.state(), future_state::cancelled);
}

}  // namespace
}  // namespace offstage::contract
