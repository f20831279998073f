// The fork server: what it preloads, what workers have of it, and what happens when it is gone.

#include "actors/node/fork_server.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/offstage.h"
#include "actors/pool/process_pool.h"
#include "tests/support/log_capture.h"

#if defined(__SANITIZE_ADDRESS__)
#define OFFSTAGE_SANITIZED 1
#else
#define OFFSTAGE_SANITIZED 0
#endif

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};
constexpr const char* library = "tests/node/preloaded_library.so";
constexpr const char* variable = "FORK_SERVER_TEST_VARIABLE";

// --- What fork servers do first, and workers afterwards.

int prepared_by = 0;
std::mutex prepared;
void prepare() {
  std::lock_guard lock(prepared);
  prepared_by = getpid();
}
int who_prepared() {
  std::lock_guard lock(prepared);
  return prepared_by;
}
void print_a_word() { std::printf("a word that is printed once, "); }
void print_an_end() { std::printf("and an end\n"); }
void throw_something() { throw std::runtime_error("the tables are too large"); }
void throw_a_number() { throw 42; }
void leave_a_thread() {
  std::thread([] {
    for (;;) ::pause();
  }).detach();
}
void leave_a_descriptor() { [[maybe_unused]] const int left = ::open("/dev/zero", O_RDONLY); }
void give_up() {
  std::fprintf(stderr, "the licence has expired\n");
  std::abort();
}

int identity(int n) { return n; }
int own_process() { return ::getpid(); }
int parent_process() { return ::getppid(); }
void kill_oneself() { ::raise(SIGKILL); }
void exit_with_three() { _exit(3); }
int wait_for(event begun, event until) {
  begun.set();
  until.wait();
  return ::getpid();
}
int tables_made_by() {
  // Nothing is loaded: it is there.
  void* const loaded = ::dlopen(library, RTLD_NOW | RTLD_NOLOAD);
  if (loaded == nullptr) return 0;
  return reinterpret_cast<int (*)()>(::dlsym(loaded, "tables_made_by"))();
}
std::string variable_here() {
  const auto* const value = std::getenv(variable);
  return value == nullptr ? "none" : value;
}
bool has_marks() { return std::getenv("OFFSTAGE_NODE") != nullptr; }
std::vector<int> descriptors_here() {
  std::vector<int> out;
  DIR* const folder = ::opendir("/proc/self/fd");
  while (const auto* entry = ::readdir(folder)) {
    const int number = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && number != ::dirfd(folder)) out.push_back(number);
  }
  ::closedir(folder);
  std::sort(out.begin(), out.end());
  return out;
}
std::vector<int> signals_here() {
  std::vector<int> out;
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < 32; ++number) {
    if (sigismember(&blocked, number) == 1) out.push_back(number);
    struct sigaction action;
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_DFL) out.push_back(-number);
  }
  return out;
}
bool leads_its_group() { return ::getpgrp() == ::getpid(); }

// --- What the test sees of it.

std::optional<int> child_called(const std::string& name) {
  std::optional<int> found;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream children(thread.path() / "children");
    for (int id = 0; children >> id;) {
      std::ifstream comm("/proc/" + std::to_string(id) + "/comm");
      std::string text;
      if (std::getline(comm, text) && text == name) found = id;
    }
  }
  return found;
}

class ForkServerTest : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop_.run_until(thing, guard);
  }

  // A context with its executor.
  struct scene {
    explicit scene(manual_loop& loop, multiprocessing_options options = {}, int workers = 1)
        : context(std::move(options)), user(loop, {.context = &context, .worker_count = workers}) {}
    multiprocessing_context context;
    executor user;
  };

  template <class... Call>
  auto result_of(scene& from, Call... call) {
    auto future = submit_call(from.user, call...);
    EXPECT_TRUE(wait(future));
    return future.result();
  }

  std::string failure_of(multiprocessing_options options) {
    scene failing(loop_, std::move(options));
    auto future = submit_call(failing.user, identity, 1);
    EXPECT_TRUE(wait(future));
    if (future.state() != future_state::failed) return "";
    EXPECT_EQ(future.failure().kind, failure_kind::infrastructure);
    return future.failure().what;
  }

  // In this order: asked after a task has run.
  bool is_server(int process) { return process == server(); }

  int server() {
    const auto found = child_called("offstage-server");
    EXPECT_TRUE(found);
    return found.value_or(0);
  }

  manual_loop loop_;
};

void expect_says(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST_F(ForkServerTest, IsTheParentOfWorkersByDefault) {
  scene one(loop_);
  EXPECT_EQ(one.context.method(), start_method::forkserver);
  EXPECT_FALSE(child_called("offstage-server"));  // Nothing is started before it is needed.
  EXPECT_TRUE(is_server(result_of(one, parent_process)));
  scene other(loop_, {.method = start_method::spawn});
  EXPECT_EQ(other.context.method(), start_method::spawn);
  EXPECT_EQ(result_of(other, parent_process), ::getpid());
}

TEST_F(ForkServerTest, GivesWorkersTheSameSurroundingsAsSpawning) {
  for (const auto method : {start_method::spawn, start_method::forkserver}) {
    scene one(loop_, {.method = method}, 3);
    // Behaviours 32 and 33: three streams, the lane, the doorbell and the parent. What the log and
    // the timers of the lane and of its segments need comes on top.
    const auto descriptors = result_of(one, descriptors_here);
    EXPECT_EQ(std::vector(descriptors.begin(), descriptors.begin() + 6),
              (std::vector{0, 1, 2, 3, 4, 5}));
    EXPECT_LE(descriptors.size(), 10U);
    // Sanitizers handle some of their own.
    if (!OFFSTAGE_SANITIZED) {
      EXPECT_EQ(result_of(one, signals_here), std::vector<int>());
    }
    EXPECT_TRUE(result_of(one, leads_its_group));
    EXPECT_FALSE(result_of(one, has_marks));
  }
}

TEST_F(ForkServerTest, HandsOnWhatTheApplicationIgnores) {
  if (OFFSTAGE_SANITIZED) GTEST_SKIP() << "sanitizers handle some signals of their own";
  const std::vector<int> ignored{SIGINT, SIGUSR1, SIGPIPE, SIGCHLD, SIGIO};
  for (const auto method : {start_method::spawn, start_method::forkserver}) {
    for (const int each : ignored) ::signal(each, SIG_IGN);
    ::signal(SIGUSR2, [](int) {});
    {
      scene one(loop_, {.method = method});
      std::vector<int> expected;
      for (const int each : ignored) expected.push_back(-each);
      EXPECT_EQ(result_of(one, signals_here), expected);
      auto crashing = submit_call(one.user, exit_with_three);
      ASSERT_TRUE(wait(crashing));
      // The server is told of ends although it was born so.
      if (method == start_method::forkserver) {
        expect_says(crashing.failure().what, "exited with code 3");
      }
    }
    for (const int each : ignored) ::signal(each, SIG_DFL);
    ::signal(SIGUSR2, SIG_DFL);
  }
}

TEST_F(ForkServerTest, GivesEachWorkerTheEnvironmentOfItsPool) {
  for (const auto method : {start_method::spawn, start_method::forkserver}) {
    multiprocessing_context context({.method = method});
    const auto answer = [&](executor& user) {
      auto future = submit_call(user, variable_here);
      EXPECT_TRUE(wait(future));
      return future.result();
    };
    ::setenv(variable, "first", 1);
    executor first{loop_, {.context = &context, .worker_count = 1}};
    ::setenv(variable, "second", 1);
    executor second{loop_, {.context = &context, .worker_count = 1}};
    ::unsetenv(variable);
    executor third{loop_, {.context = &context, .worker_count = 1}};
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(answer(first), "first");
      EXPECT_EQ(answer(second), "second");
      EXPECT_EQ(answer(third), "none");
      // Those that take their place have the same.
      for (auto* const each : {&first, &second, &third}) {
        auto crashing = submit_call(*each, exit_with_three);
        ASSERT_TRUE(wait(crashing));
      }
    }
  }
}

// Behaviour 44, 45.
TEST_F(ForkServerTest, PreloadsOnceForAllWorkers) {
  scene one(loop_, {.preload = {preload_step::function(prepare), preload_step::library(library),
                                preload_step::symbol("make_tables")},
                    .preload_errors = on_preload_error::fail});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_server(result_of(one, who_prepared)));
    EXPECT_TRUE(is_server(result_of(one, tables_made_by)));
    auto crashing = submit_call(one.user, exit_with_three);
    ASSERT_TRUE(wait(crashing));
  }
  EXPECT_EQ(prepared_by, 0);
}

TEST_F(ForkServerTest, TakesNoMoreStepsOnceItRuns) {
  scene one(loop_);
  one.context.preload(preload_step::function(prepare));
  EXPECT_TRUE(is_server(result_of(one, who_prepared)));
  EXPECT_THROW(one.context.preload(preload_step::function(prepare)), preload_too_late);
  scene spawning(loop_, {.method = start_method::spawn});
  EXPECT_THROW(spawning.context.preload(preload_step::function(prepare)), invalid_options);
  EXPECT_THROW(multiprocessing_context(
                   {.method = start_method::spawn, .preload = {preload_step::function(prepare)}}),
               invalid_options);
  EXPECT_THROW(preload_step::library(""), invalid_options);
  EXPECT_THROW(preload_step::symbol(""), invalid_options);
  EXPECT_THROW(preload_step::function(nullptr), invalid_options);
}

TEST_F(ForkServerTest, TellsOfStepsThatFailAsItWasAskedTo) {
  const std::vector<std::pair<preload_step, std::string>> failing{
      {preload_step::library("no/such/library.so"), "preload of library no/such/library.so: "},
      {preload_step::symbol("no_such_function"), "preload of symbol no_such_function: "},
      {preload_step::function(throw_something), "the tables are too large"},
      {preload_step::function(throw_a_number), "no std::exception"},
      {preload_step::function(leave_a_descriptor), "(/dev/zero) open"},
  };
  for (const auto& [step, text] : failing) {
    for (const auto errors : {on_preload_error::ignore, on_preload_error::warn}) {
      testing::log_capture log;
      scene one(loop_, {.preload = {step}, .preload_errors = errors});
      EXPECT_EQ(result_of(one, identity, 1), 1);
      EXPECT_EQ(log.count(text), errors == on_preload_error::warn ? 1 : 0) << text;
    }
    testing::log_capture log;
    expect_says(failure_of({.preload = {step}, .preload_errors = on_preload_error::fail}), text);
  }
}

TEST_F(ForkServerTest, ForksNothingOnceItHasThreads) {
  testing::log_capture log;
  const auto what = failure_of(
      {.preload = {preload_step::function(prepare), preload_step::function(leave_a_thread)},
       .preload_errors = on_preload_error::ignore});
  expect_says(what, "cannot be forked from a process with threads");
  expect_says(what, "preload of a function: there are 2 threads after it");
}

TEST_F(ForkServerTest, TellsHowItEndedWhilePreloading) {
  testing::log_capture log;
  const auto what = failure_of({.preload = {preload_step::function(give_up)}});
  expect_says(what, "while it preloaded, the fork server, process ");
  expect_says(what, "signal 6 (Aborted); its last words: the licence has expired");
}

// Behaviour 46.
TEST_F(ForkServerTest, PrintsWhatWasPrintedWhilePreloadingOnce) {
  ::testing::internal::CaptureStdout();
  {
    scene one(
        loop_,
        {.preload = {preload_step::function(print_a_word), preload_step::function(print_an_end),
                     preload_step::function(print_a_word)}},
        3);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(result_of(one, identity, i), i);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStdout(),
            "a word that is printed once, and an end\na word that is printed once, \n");
}

// Behaviour 42.
TEST_F(ForkServerTest, IgnoresAnInterrupt) {
  scene one(loop_);
  result_of(one, identity, 1);
  const int before = server();
  ::kill(before, SIGINT);
  auto crashing = submit_call(one.user, exit_with_three);
  ASSERT_TRUE(wait(crashing));
  EXPECT_EQ(result_of(one, parent_process), before);
}

// Behaviour 42.
TEST_F(ForkServerTest, MayBeKilledWhileWorkersRun) {
  testing::log_capture log;
  scene one(loop_, {.preload = {preload_step::function(prepare)}}, 2);
  std::vector<event> begun;
  std::vector<call_future<int>> running;
  const auto until = one.context.make_event();
  for (int i = 0; i < 2; ++i) {
    begun.push_back(one.context.make_event());
    running.push_back(submit_call(one.user, wait_for, begun.back(), until));
  }
  for (const auto& each : begun) ASSERT_TRUE(each.wait_for(guard));
  const int before = server();
  ::kill(before, SIGKILL);
  until.set();
  // Those who run go on, and take further tasks.
  std::set<int> workers;
  for (const auto& each : running) {
    ASSERT_TRUE(wait(each));
    workers.insert(each.result());
  }
  EXPECT_EQ(workers.size(), 2U);
  EXPECT_TRUE(workers.contains(result_of(one, own_process)));
  // Nobody is told how they end,
  for (int i = 0; i < 2; ++i) {
    auto crashing = submit_call(one.user, exit_with_three);
    ASSERT_TRUE(wait(crashing));
    if (workers.erase(0) == 0 && i == 0) {
      expect_says(crashing.failure().what,
                  "ended in a way that nobody saw, while it ran this task");
    }
  }
  // and another server has started the next one, and preloaded again.
  EXPECT_NE(result_of(one, who_prepared), before);
  EXPECT_TRUE(is_server(result_of(one, parent_process)));
}

// As the first process of a container, or one that asked for it (prctl).
TEST_F(ForkServerTest, LeavesItsWorkersToAnApplicationThatTakesOrphans) {
  testing::log_capture log;
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  for (const auto crash : {exit_with_three, kill_oneself}) {
    scene one(loop_);
    const int worker = result_of(one, own_process);
    ::kill(server(), SIGKILL);
    auto crashing = submit_call(one.user, crash);
    ASSERT_TRUE(wait(crashing));
    expect_says(crashing.failure().what,
                crash == kill_oneself ? "was killed by signal 9" : "exited with code 3");
    // Nothing is left of it.
    siginfo_t info{};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(worker), &info, WEXITED | WNOHANG | WNOWAIT), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  // A worker that was forked while its server was killed is known to nobody; it ends by itself, and
  // is this process's to reap, as any orphan.
  while (::waitpid(-1, nullptr, 0) > 0) continue;
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(ForkServerTest, MayBeKilledAgainAndAgain) {
  testing::log_capture log;
  scene one(loop_, {}, 2);
  for (int round = 0; round < 20; ++round) {
    std::vector<call_future<int>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(submit_call(one.user, identity, i));
    auto crashing = submit_call(one.user, kill_oneself);
    if (const auto there = child_called("offstage-server")) ::kill(*there, SIGKILL);
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(wait(futures[static_cast<std::size_t>(i)]));
      EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(), i);
    }
    ASSERT_TRUE(wait(crashing));
    EXPECT_EQ(crashing.state(), future_state::failed);
  }
}

TEST_F(ForkServerTest, KeepsNobodyWaitingWhoWantsToKnowHowAWorkerEnded) {
  scene one(loop_);
  result_of(one, identity, 1);
  ::kill(server(), SIGSTOP);
  auto crashing = submit_call(one.user, exit_with_three);
  ASSERT_TRUE(wait(crashing));
  expect_says(crashing.failure().what, "ended in a way that nobody saw");
  ::kill(server(), SIGCONT);
  EXPECT_EQ(result_of(one, identity, 2), 2);
}

// A sink may take its time, or wait for a task of the same context.
TEST_F(ForkServerTest, IsHeldByNobodyWhoLogs) {
  std::promise<void> reached;
  std::promise<void> go;
  const auto gone = go.get_future().share();
  set_log_level(log_room::node, log_level::debug);
  set_log_sink([&reached, gone](const log_record& record) {
    if (!record.text.starts_with("fork server") || !record.text.ends_with("is ready")) return;
    reached.set_value();
    gone.wait();
  });
  {
    scene one(loop_);
    auto first = submit_call(one.user, identity, 1);
    EXPECT_EQ(reached.get_future().wait_for(guard), std::future_status::ready);
    executor other(loop_, {.context = &one.context, .worker_count = 1});
    auto second = submit_call(other, identity, 2);
    EXPECT_TRUE(wait(second));
    EXPECT_TRUE(second.done());
    EXPECT_FALSE(first.done());
    go.set_value();
    EXPECT_TRUE(wait(first));
  }
  set_log_sink(nullptr);
  set_log_level(log_level::warning);
}

TEST_F(ForkServerTest, EndsWithItsContextAlsoWhileItPreloads) {
  std::optional<scene> one;
  one.emplace(loop_, multiprocessing_options{.preload = {preload_step::function([] {
                                               for (;;) ::pause();
                                             })}});
  auto future = submit_call(one->user, identity, 1);
  while (!child_called("offstage-server")) std::this_thread::yield();
  const auto begun = std::chrono::steady_clock::now();
  one.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, guard);
  EXPECT_FALSE(child_called("offstage-server"));
  EXPECT_TRUE(future.done());
}

// Behaviour 54.
TEST_F(ForkServerTest, LeavesTheCallersSignalsAlone) {
  sigset_t before;
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    scene one(loop_);
    result_of(one, identity, 1);
  }
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int number = 1; number < 32; ++number) {
    EXPECT_EQ(sigismember(&before, number), sigismember(&after, number));
  }
}

TEST_F(ForkServerTest, TellsWhyAWorkerCannotBeForked) {
  if (OFFSTAGE_SANITIZED) GTEST_SKIP() << "sanitizers need descriptors of their own";
  testing::log_capture log;
  scene one(loop_, {.preload = {preload_step::function([] {
                      const rlimit few{8, 8};
                      ::setrlimit(RLIMIT_NOFILE, &few);
                    })}});
  auto future = submit_call(one.user, identity, 1);
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.state(), future_state::failed);
  expect_says(future.failure().what, "the fork server cannot start it: Too many open files");
}

TEST_F(ForkServerTest, ServesManyAtOnce) {
  scene one(loop_, {}, 30);
  scene other(loop_, {}, 30);
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 200; ++i) {
    futures.push_back(submit_call(i % 2 == 0 ? one.user : other.user, identity, i));
  }
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(wait(futures[static_cast<std::size_t>(i)]));
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(), i);
  }
}

}  // namespace
}  // namespace offstage
