// Everything may be destroyed in every order, whatever the tasks are doing.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "actors/offstage.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds guard{60};

// Waits until the condition holds, for the time of the guard at most.
bool eventually(const std::function<bool()>& condition) {
  manual_loop pause;
  for (const auto end = std::chrono::steady_clock::now() + guard;
       std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    pause.run_until([] { return false; }, milliseconds(5));
  }
  return condition();
}

// Waits until it is asked to stop.
void wait_for_stop(std::stop_token token, event begun) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  begun.set();
  std::unique_lock lock(mutex);
  stopped.wait(lock, token, [] { return false; });
}

enum class part { loop, context, pool, executor, futures };

// What the tasks are doing when the destruction begins.
enum class scene { nothing, running, waiting, ended_unseen, ended };

void destroy(scene what, const std::array<part, 5>& order) {
  auto loop = std::make_unique<manual_loop>();
  auto context = std::make_unique<multithreading_context>();
  auto pool = context->make_pool({.worker_count = 1});
  auto user =
      std::make_unique<executor>(*loop, executor_options{.context = context.get(), .pool = pool});
  const auto begun = context->make_event();
  const auto returned = context->make_event();
  std::vector<call_future<void>> futures;
  switch (what) {
    case scene::nothing:
      break;
    case scene::running:
    case scene::waiting:
      futures.push_back(submit_call(*user, wait_for_stop, begun));
      ASSERT_TRUE(begun.wait_for(guard));
      if (what == scene::waiting) {
        for (int i = 0; i < 3; ++i) {
          futures.push_back(submit_call(*user, wait_for_stop, begun));
        }
      }
      break;
    case scene::ended_unseen:
      futures.push_back(submit_call(
          *user, [](event end) { end.set(); }, returned));
      ASSERT_TRUE(returned.wait_for(guard));
      break;
    case scene::ended:
      futures.push_back(submit_call(*user, [] {}));
      ASSERT_TRUE(loop->run_until(futures.back(), guard));
      break;
  }
  auto kept = futures;
  for (const auto each : order) {
    switch (each) {
      case part::loop:
        loop = nullptr;
        break;
      case part::context:
        context = nullptr;
        break;
      case part::pool:
        pool = nullptr;
        break;
      case part::executor:
        user = nullptr;
        break;
      case part::futures:
        futures.clear();
        break;
    }
  }
  for (const auto& future : kept) EXPECT_TRUE(future.done());
}

class DestructionTest : public ::testing::TestWithParam<scene> {};

TEST_P(DestructionTest, WorksInEveryOrder) {
  std::array order{part::loop, part::context, part::pool, part::executor, part::futures};
  do {
    destroy(GetParam(), order);
    if (HasFatalFailure()) return;
  } while (std::next_permutation(order.begin(), order.end()));
}

INSTANTIATE_TEST_SUITE_P(Scenes, DestructionTest,
                         ::testing::Values(scene::nothing, scene::running, scene::waiting,
                                           scene::ended_unseen, scene::ended));

TEST(ExecutorDestructionTest, LeavesAStuckTaskAloneAndEndsItsFuture) {
  testing::log_capture log;
  manual_loop loop;
  multithreading_context context;
  const auto begun = context.make_event();
  const auto release = context.make_event();
  const auto ended = context.make_event();
  std::optional<executor> user(std::in_place, loop,
                               executor_options{.context = &context, .worker_count = 1});
  auto future = submit_call(
      *user,
      [](event first, event until, event last) {
        first.set();
        until.wait();
        last.set();
      },
      begun, release, ended);
  ASSERT_TRUE(begun.wait_for(guard));
  int told = 0;
  future.on_done([&](const auto&) { ++told; });
  user.reset();
  EXPECT_EQ(future.state(), future_state::cancelled);
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(ended.is_set());
  EXPECT_EQ(log.count("1 tasks still run"), 1);
  release.set();
  EXPECT_TRUE(ended.wait_for(guard));
  // What the task still sends goes nowhere.
  loop.run_until([] { return false; }, milliseconds(20));
  EXPECT_EQ(told, 1);
}

TEST(ExecutorDestructionTest, MayHappenInAnObserverOfItsOwnFuture) {
  manual_loop loop;
  auto user = std::make_unique<executor>(loop);
  bool gone = false;
  auto future = submit_call(*user, [] { return 5; });
  future.on_done([&](const auto&) {
    user = nullptr;
    gone = true;
  });
  int after = 0;
  future.on_done([&](const auto&) { ++after; });
  ASSERT_TRUE(loop.run_until([&] { return gone; }, guard));
  EXPECT_EQ(after, 1);
  EXPECT_EQ(future.result(), 5);
}

TEST(ExecutorDestructionTest, MayHappenInAnObserverOfItself) {
  manual_loop loop;
  auto user = std::make_unique<executor>(loop);
  bool gone = false;
  auto future = submit_call(*user, [] { return 5; });
  user->on_state([&](executor_state now) {
    if (now == executor_state::stopped) return;
    user = nullptr;
    gone = true;
  });
  user->stop();
  EXPECT_TRUE(gone);
  EXPECT_TRUE(future.done());
}

TEST(ContextDestructionTest, ShutsDownTheExecutorsOfItsThread) {
  manual_loop loop;
  auto context = std::make_unique<multithreading_context>();
  executor user{loop, *context};
  auto future = submit_call(user, [] { return 5; });
  context = nullptr;
  EXPECT_TRUE(user.stopped());
  EXPECT_TRUE(future.done());
  EXPECT_THROW(submit_call(user, [] { return 6; }), executor_not_running);
  EXPECT_THROW(user.context(), context_closed);
}

TEST(LoopDestructionTest, LeavesWorkersUndisturbedAndShutdownDrainsByHand) {
  // D5.
  auto loop = std::make_unique<manual_loop>();
  multithreading_context context;
  executor user{*loop, {.context = &context, .worker_count = 1}};
  const auto begun = context.make_event();
  const auto release = context.make_event();
  const auto body = [](event first, event until) {
    first.set();
    until.wait();
    return 7;
  };
  auto running = submit_call(user, body, begun, release);
  auto waiting = submit_call(user, body, begun, release);
  ASSERT_TRUE(begun.wait_for(guard));
  std::vector<future_state> seen;
  running.on_state([&](const auto& future) { seen.push_back(future.state()); });
  loop = nullptr;
  EXPECT_THROW(submit_call(user, body, begun, release), loop_gone);
  release.set();
  EXPECT_FALSE(running.done());
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_EQ(running.state(), future_state::cancelled);
  EXPECT_EQ(seen, (std::vector{future_state::cancelling, future_state::cancelled}));
  EXPECT_EQ(waiting.state(), future_state::cancelled);
}

// The threads of this process, by name.
int threads_named(const std::string& name) {
  int found = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string line;
    std::getline(std::ifstream(thread.path() / "comm"), line);
    found += line == name ? 1 : 0;
  }
  return found;
}

TEST(PoolDestructionTest, EndsTheThreadsOfStuckTasksOnceTheseHaveEnded) {
  manual_loop loop;
  multithreading_context context;
  const auto begun = context.make_event();
  const auto release = context.make_event();
  {
    executor user{loop, {.context = &context, .worker_count = 2}};
    submit_call(
        user,
        [](event first, event until) {
          first.set();
          until.wait();
        },
        begun, release);
    ASSERT_TRUE(begun.wait_for(guard));
  }
  EXPECT_GT(threads_named("offstage-crew"), 0);
  release.set();
  EXPECT_TRUE(eventually([] { return threads_named("offstage-crew") == 0; }));
}

TEST(PoolDestructionTest, MayHappenInAnotherThreadThanTheFirstSubmission) {
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 2});
  std::thread([&] {
    manual_loop loop;
    executor user{loop, {.context = &context, .pool = pool}};
    auto future = submit_call(user, [] { return 5; });
    EXPECT_TRUE(loop.run_until(future, guard));
  }).join();
  pool = nullptr;
  EXPECT_TRUE(eventually([] { return threads_named("offstage-crew") == 0; }));
}

// A context may go in another thread while executors begin, are asked for it, and stop at home.
TEST(DestructionTest, AContextGoesWhileExecutorsOfAnotherHomeUseIt) {
  constexpr int rounds = 200;
  for (int i = 0; i < rounds; ++i) {
    auto context = std::make_unique<multithreading_context>();
    const auto pool = context->make_pool({.worker_count = 1});
    std::atomic<bool> go{false};
    std::thread home([&] {
      manual_loop loop;
      std::vector<std::unique_ptr<executor>> users;
      for (int n = 0; n < 3; ++n) {
        users.push_back(std::make_unique<executor>(loop, executor_options{.pool = pool}));
      }
      go = true;
      go.notify_one();
      for (const auto& each : users) {
        try {
          auto future = submit_call(*each, [] { return 1; });
          EXPECT_TRUE(loop.run_until(future, guard));
          each->stop();
        } catch (const context_closed&) {
        } catch (const executor_not_running&) {
        }
      }
      try {
        executor late{loop, {.pool = pool}};
      } catch (const context_closed&) {
      }
    });
    go.wait(false);
    context = nullptr;
    home.join();
  }
}

}  // namespace
}  // namespace offstage
