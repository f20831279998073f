// Worker processes in programs that have signals, parallel loops and many tasks.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <numeric>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "tests/support/log_capture.h"
#include "tests/support/processes.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

int identity(int n) { return n; }
void exit_here() { _exit(1); }
std::vector<int> reversed(std::vector<int> values) {
  std::reverse(values.begin(), values.end());
  return values;
}

// --- A signal every 200 us, whose handler is no reason for the kernel to start anything again.

std::atomic<int> signals_heard{0};

void disturb() {
  struct sigaction action = {};
  action.sa_handler = [](int) { ++signals_heard; };
  sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &often, nullptr);
}
int stop_disturbing() {
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  return signals_heard.exchange(0);
}
void disturb_here() { disturb(); }
int stop_here() { return stop_disturbing(); }

void wait_for_stop(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
}

// --- What a compiler makes of a parallel loop.

class parallel_loops {
 public:
  parallel_loops() : library_(dlopen("libgomp.so.1", RTLD_NOW)) {}
  explicit operator bool() const { return library_ != nullptr; }

  // How many threads took part.
  std::size_t run() const {
    using parallel = void (*)(void (*)(void*), void*, unsigned, unsigned);
    using number = int (*)();
    struct team {
      number self;
      std::atomic<unsigned> members;
    } data{reinterpret_cast<number>(dlsym(library_, "omp_get_thread_num")), {0}};
    reinterpret_cast<parallel>(dlsym(library_, "GOMP_parallel"))(
        [](void* with) {
          auto& shared = *static_cast<team*>(with);
          shared.members |= 1U << shared.self();
        },
        &data, 4, 0);
    return static_cast<std::size_t>(__builtin_popcount(data.members));
  }

 private:
  void* library_;
};

std::size_t run_in_parallel() { return parallel_loops().run(); }

class SurroundingsTest : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }

  void compute(int tasks, std::size_t size) {
    std::vector<int> values(size);
    std::iota(values.begin(), values.end(), 0);
    std::vector<int> expected(values.rbegin(), values.rend());
    std::vector<call_future<std::vector<int>>> futures;
    for (int i = 0; i < tasks; ++i) futures.push_back(submit_call(user, reversed, values));
    for (const auto& each : futures) {
      ASSERT_TRUE(wait(each));
      EXPECT_EQ(each.result(), expected);
    }
  }

  manual_loop loop;
  testing::process_context context;
  executor user{loop, {.context = &context, .worker_count = 2}};
};

// Behaviour 61.
TEST_F(SurroundingsTest, MayDisturbTheParent) {
  disturb();
  for (int i = 0; i < 5; ++i) {
    // Larger than a socket takes at once, and several times a new worker in between.
    compute(20, 100000);
    testing::process_context another;
    executor others{loop, another};
    auto future = submit_call(others, identity, i);
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.result(), i);
  }
  EXPECT_GT(stop_disturbing(), 0);
}

// Behaviour 61.
TEST_F(SurroundingsTest, MayDisturbWorkers) {
  executor single{loop, {.context = &context, .worker_count = 1}};
  auto begun = submit_call(single, disturb_here);
  ASSERT_TRUE(wait(begun));
  std::vector<int> values(100000, 7);
  for (int i = 0; i < 100; ++i) {
    auto future = submit_call(single, reversed, values);
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.result(), values);
  }
  auto ended = submit_call(single, stop_here);
  ASSERT_TRUE(wait(ended));
  EXPECT_GT(ended.result(), 0);
}

// Whose memory moves when it grows.
TEST_F(SurroundingsTest, MayChangeTheEnvironmentWhileWorkersAreReplaced) {
  const auto name = [](int number) { return "SURROUNDINGS_TEST_" + std::to_string(number % 5000); };
  int variables = 0;
  for (int i = 0; i < 60; ++i) {
    auto future = submit_call(user, exit_here);
    while (!future.done()) {
      ::setenv(name(variables++).c_str(), "a value", 1);
      loop.run_until(future, std::chrono::nanoseconds(0));
    }
    EXPECT_EQ(future.state(), future_state::failed);
  }
  for (int i = 0; i < std::min(variables, 5000); ++i) ::unsetenv(name(i).c_str());
}

// By any thread of this process: of those signals that a thread brings upon itself, and others.
std::pair<std::set<int>, int> blocked_signals() {
  std::pair<std::set<int>, int> out;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(thread.path() / "status");
    for (std::string word; status >> word;) {
      if (word != "SigBlk:") continue;
      std::uint64_t mask = 0;
      status >> std::hex >> mask;
      const auto blocks = [&](int number) { return (mask >> (number - 1) & 1) != 0; };
      for (const int each : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
        if (blocks(each)) out.first.insert(each);
      }
      out.second += blocks(SIGTERM) ? 1 : 0;
      break;
    }
  }
  return out;
}

// The C library blocks all signals in a thread that starts a thread or a process, for a moment.
std::pair<std::set<int>, int> signals_blocked_for_long() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  auto out = blocked_signals();
  while (!out.first.empty() && std::chrono::steady_clock::now() < end) out = blocked_signals();
  return out;
}

// As a crash reporter does, which nothing calls in a thread that blocks them.
TEST_F(SurroundingsTest, MayHandleTheFaultsOfAnyThread) {
  auto future = submit_call(user, signals_blocked_for_long);
  ASSERT_TRUE(wait(future));
  for (const auto& [faults, threads] : {future.result(), signals_blocked_for_long()}) {
    EXPECT_EQ(faults, std::set<int>());
    EXPECT_GE(threads, 1);  // Those of ours take no other signal.
  }
}

// A limit that the shell sets, with a signal for what is beyond it.
TEST_F(SurroundingsTest, MayLimitTheSizeOfFiles) {
  const testing::log_capture log;
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto limit = [&](rlim_t bytes) {
    const rlimit now{bytes, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &now), 0);
  };
  testing::process_context limited;
  executor another{loop, {.context = &limited, .worker_count = 1}};
  // Less than a worker takes.
  limit(1024);
  auto without = submit_call(another, identity, 2);
  ASSERT_TRUE(wait(without));
  // Less than a value takes, which goes another way, here and in the worker.
  limit(1 << 20);
  const std::vector<int> values(1 << 20, 7);
  auto large = submit_call(another, reversed, values);
  ASSERT_TRUE(wait(large));
  limit(before.rlim_cur);
  EXPECT_EQ(large.result(), values);
  ASSERT_EQ(without.state(), future_state::failed);
  EXPECT_EQ(without.failure().kind, failure_kind::infrastructure);
  EXPECT_NE(without.failure().what.find("beyond the limit of file sizes (RLIMIT_FSIZE, ulimit -f)"),
            std::string::npos)
      << without.failure().what;
}

// Behaviour 110.
TEST_F(SurroundingsTest, MayHaveParallelLoops) {
  const parallel_loops here;
  ASSERT_TRUE(here);
  const auto before = here.run();
  for (int i = 0; i < 4; ++i) {
    auto future = submit_call(user, run_in_parallel);
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.result(), before);
  }
  EXPECT_EQ(here.run(), before);
}

// Behaviour 78.
TEST_F(SurroundingsTest, MayLeaveManyTasksBehind) {
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 10000; ++i) futures.push_back(submit_call(user, wait_for_stop));
  user.stop();
  for (const auto& each : futures) {
    ASSERT_TRUE(wait(each));
    EXPECT_EQ(each.state(), future_state::cancelled);
  }
}

}  // namespace
}  // namespace offstage
