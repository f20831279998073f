// Executors and contexts in copies of the process that fork() made.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "actors/offstage.h"
#include "tests/contract/guard.h"
#include "tests/support/processes.h"

namespace offstage {
namespace {

using contract::guard;

int twice(int n) { return 2 * n; }

int begin_and_wait(event begun, event until, int n) {
  begun.set();
  until.wait();
  return 2 * n;
}

// The numbers of the threads of this process.
std::set<std::string> threads() {
  std::set<std::string> out;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/task")) {
    out.insert(each.path().filename());
  }
  return out;
}

// How many there are that were not there before; some of those may have ended since.
std::ptrdiff_t new_threads(const std::set<std::string>& before) {
  const auto now = threads();
  return std::count_if(now.begin(), now.end(),
                       [&](const auto& each) { return !before.contains(each); });
}

// What the copy's `main` would return; it ends there, or is ended after the guard.
int status_of_copy(const std::function<int()>& body) {
  const auto copy = fork();
  if (copy == 0) {
    alarm(guard.count());
    try {
      _exit(body());
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the copy: %s\n", error.what());
      _exit(99);
    }
  }
  int status = 0;
  EXPECT_EQ(waitpid(copy, &status, 0), copy);
  EXPECT_TRUE(WIFEXITED(status)) << status;
  return WEXITSTATUS(status);
}

template <class Error, class Call>
bool refuses(Call call) {
  try {
    call();
  } catch (const Error&) {
    return true;
  }
  return false;
}

template <class Context>
struct application {
  manual_loop loop;
  Context context;
  std::unique_ptr<executor> user =
      std::make_unique<executor>(loop, executor_options{.context = &context, .worker_count = 1});
};

template <class Context>
class CopiesTest : public ::testing::Test {
 protected:
  std::unique_ptr<application<Context>> all = std::make_unique<application<Context>>();
};

using contexts = ::testing::Types<multithreading_context, testing::process_context>;

// A thread rings the loop at the moment of the fork.
TEST(CopiedLoopTest, IsUsedAndDestroyedThoughThreadsUsedItMeanwhile) {
  std::optional<manual_loop> loop(std::in_place);
  std::atomic<bool> stop{false};
  std::atomic<int> waiting{0};
  std::thread other([&] {
    while (!stop) {
      if (waiting == 100) continue;
      ++waiting;
      loop->call_soon([&waiting] { --waiting; });
    }
  });
  for (int round = 0; round < 100; ++round) {
    loop->run_until([] { return false; }, std::chrono::nanoseconds(0));
    EXPECT_EQ(status_of_copy([&] {
                bool called = false;
                loop->call_soon([&] { called = true; });
                const bool reached = loop->run_until([&] { return called; }, guard);
                loop.reset();
                return reached ? 0 : 1;
              }),
              0);
  }
  stop = true;
  other.join();
}

TYPED_TEST_SUITE(CopiesTest, contexts);

TYPED_TEST(CopiesTest, ThereAreNoThreadsBeforeTheFirstTask) {
  const auto before = threads();
  application<TypeParam> another;
  const auto made = another.context.make_event();
  EXPECT_EQ(new_threads(before), 0);
  auto future = submit_call(*another.user, twice, 4);
  ASSERT_TRUE(another.loop.run_until(future, guard));
  EXPECT_GT(new_threads(before), 0);
}

TYPED_TEST(CopiesTest, ACopyMadeBeforeTheFirstTaskTakesTasks) {
  EXPECT_EQ(status_of_copy([this] {
              auto future = submit_call(*this->all->user, twice, 4);
              const bool done = this->all->loop.run_until(future, guard);
              const int result = done ? future.result() : 0;
              this->all = nullptr;
              return result;
            }),
            8);
}

TYPED_TEST(CopiesTest, ACopyMadeLaterRefusesCallsAndEndsNothing) {
  auto& loop = this->all->loop;
  auto& context = this->all->context;
  auto& user = this->all->user;
  const auto begun = context.make_event();
  const auto until = context.make_event();
  auto future = submit_call(*user, begin_and_wait, begun, until, 4);
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_EQ(status_of_copy([&] {
              int refused = 0;
              refused += refuses<wrong_process>([&] { submit_call(*user, twice, 1); });
              refused += refuses<wrong_process>([&] { user->stop(); });
              refused += refuses<wrong_process>([&] { user->shutdown(); });
              refused += refuses<wrong_process>([&] { user->on_state([](const auto&) {}); });
              refused += refuses<wrong_process>([&] { user->context(); });
              refused += refuses<wrong_process>([&] { context.make_pool(); });
              refused += refuses<wrong_process>([&] { context.make_event(); });
              refused += refuses<wrong_process>([&] { context.close(); });
              refused += refuses<wrong_process>([&] { executor(loop, context); });
              this->all = nullptr;
              return refused;
            }),
            9);
  EXPECT_FALSE(future.done());
  until.set();
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.result(), 8);
  // The workers are there as before.
  auto another = submit_call(*user, twice, 5);
  ASSERT_TRUE(loop.run_until(another, guard));
  EXPECT_EQ(another.result(), 10);
}

}  // namespace
}  // namespace offstage
