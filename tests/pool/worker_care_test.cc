// Care for worker processes, with real ones. Numbers of behaviours are those of the reference.

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "actors/pool/process_pool.h"
#include "tests/support/log_capture.h"
#include "tests/support/processes.h"

namespace offstage {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds guard{60};

// The sanitizer has its own idea of memory.
#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

int own_process() { return ::getpid(); }
int identity(int n) { return n; }

void wait_until(event begun, event go) {
  begun.set();
  go.wait();
}

bool is_gone(int process) { return ::kill(process, 0) != 0 && errno == ESRCH; }

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + guard;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// A folder of its own, for what bodies in several processes count together.
class shared_folder {
 public:
  shared_folder() {
    std::string name = ::testing::TempDir() + "worker_care_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder can be made");
    path_ = name;
  }
  ~shared_folder() {
    // Workers that are just being ended may still put something there.
    EXPECT_TRUE(eventually([&] {
      std::error_code refused;
      std::filesystem::remove_all(path_, refused);
      return !refused;
    }));
  }
  shared_folder(const shared_folder&) = delete;
  shared_folder& operator=(const shared_folder&) = delete;

  const std::string& path() const { return path_; }

  std::set<std::string> entries() const {
    std::set<std::string> out;
    for (const auto& each : std::filesystem::directory_iterator(path_)) {
      out.insert(each.path().filename());
    }
    return out;
  }

  std::size_t count() const { return entries().size(); }

 private:
  std::string path_;
};

// Leaves a file with a name of its own, and says how many there are.
int leave_a_mark(const std::string& folder) {
  std::string name = folder + "/" + std::to_string(::getpid()) + "_XXXXXX";
  ::close(::mkstemp(name.data()));
  int count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

class WorkerCareTest : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }

  executor_options options(int worker_count, worker_care care = {}) {
    return {.context = &context, .worker_count = worker_count, .processes = std::move(care)};
  }

  static std::vector<int> ids(const executor& of) {
    return dynamic_cast<process_pool&>(*of.pool()).worker_ids();
  }

  bool fails_with(const call_future<void>& future, failure_kind kind, const std::string& part) {
    if (!wait(future) || future.state() != future_state::failed) return false;
    EXPECT_EQ(future.failure().kind, kind) << future.failure().what;
    EXPECT_NE(future.failure().what.find(part), std::string::npos) << future.failure().what;
    return !HasFailure();
  }

  manual_loop loop;
  testing::process_context context;
};

// --- Options.

// Behaviour 77.
TEST_F(WorkerCareTest, RefusesWhatCannotBe) {
  const auto refusal = [&](worker_care care) -> std::string {
    try {
      context.make_pool({.worker_count = 2, .processes = std::move(care)});
      return "nothing";
    } catch (const invalid_options& refused) {
      return refused.what();
    }
  };
  const auto expect_refused = [&](worker_care care, const std::string& field) {
    const auto what = refusal(std::move(care));
    EXPECT_EQ(what.find("worker_care::" + field + ": expected "), 0U) << what;
  };
  for (const int count : {0, -1, std::numeric_limits<int>::min()}) {
    expect_refused({.tasks_max = count}, "tasks_max");
    expect_refused({.restarts_max = count}, "restarts_max");
    expect_refused({.start_time_max = milliseconds(count)}, "start_time_max");
    expect_refused({.initializer_time_max = milliseconds(count)}, "initializer_time_max");
    expect_refused({.idle_time_max = milliseconds(count)}, "idle_time_max");
    expect_refused({.restart_time = milliseconds(count)}, "restart_time");
  }
  expect_refused({.retries_max = -1}, "retries_max");
  expect_refused({.idle_workers_min = -1}, "idle_workers_min");
  expect_refused({.idle_workers_min = 3}, "idle_workers_min");
  expect_refused({.memory_max = 1 << 20}, "memory_max");
  for (const auto* entry : {"", "NAME", "=value", "OFFSTAGE_DEPTH=1"}) {
    expect_refused({.environment = {entry}}, "environment");
  }
  expect_refused({.environment = {std::string("A=\0b", 4)}}, "environment");
  expect_refused({.working_directory = "/nowhere/to/be/found"}, "working_directory");
  expect_refused({.working_directory = "/dev/null"}, "working_directory");
  EXPECT_EQ(refusal({.tasks_max = 1,
                     .memory_growth_max = 0,
                     .idle_workers_min = 2,
                     .retries_max = 0,
                     .restarts_max = 1}),
            "nothing");
}

TEST_F(WorkerCareTest, IsForPoolsOfTheExecutorsOwn) {
  const auto pool = context.make_pool({.worker_count = 1});
  EXPECT_THROW(executor(loop, {.context = &context, .pool = pool, .processes = {.tasks_max = 1}}),
               invalid_options);
  EXPECT_THROW(
      executor(loop,
               {.context = &context, .pool = pool, .initializer = initialize_with(own_process)}),
      invalid_options);
}

TEST_F(WorkerCareTest, MeansNothingToThreads) {
  executor user{loop, {.worker_count = 1, .processes = {.tasks_max = 1, .memory_max = 1 << 30}}};
  auto one = submit_call(user, own_process);
  auto two = submit_call(user, idempotent(own_process));
  ASSERT_TRUE(wait(one));
  ASSERT_TRUE(wait(two));
  EXPECT_EQ(one.result(), ::getpid());
  EXPECT_EQ(two.result(), ::getpid());
}

// --- What workers are given.

std::string variable(const std::string& name) {
  const auto* const value = ::getenv(name.c_str());
  return value == nullptr ? "(none)" : value;
}

std::string current_folder() { return std::filesystem::current_path(); }

std::string read_here(const std::string& name) {
  std::ifstream file(name);
  std::string out;
  std::getline(file, out);
  return out;
}

// Behaviour 108.
TEST_F(WorkerCareTest, GivesWorkersAnEnvironmentAndADirectory) {
  ::setenv("WORKER_CARE_KEPT", "kept", 1);
  ::setenv("WORKER_CARE_CHANGED", "old", 1);
  const shared_folder folder;
  std::ofstream(folder.path() + "/note") << "found";
  {
    executor user{loop,
                  options(1, {.environment = {"WORKER_CARE_CHANGED=new=", "WORKER_CARE_ADDED="},
                              .working_directory = folder.path()})};
    const auto answer = [&](auto... task) {
      auto future = submit_call(user, task...);
      EXPECT_TRUE(wait(future));
      return future.result();
    };
    EXPECT_EQ(answer(variable, "WORKER_CARE_KEPT"), "kept");
    EXPECT_EQ(answer(variable, "WORKER_CARE_CHANGED"), "new=");
    EXPECT_EQ(answer(variable, "WORKER_CARE_ADDED"), "");
    EXPECT_EQ(answer(current_folder), std::filesystem::canonical(folder.path()));
    EXPECT_EQ(answer(read_here, "note"), "found");
  }
  // This process and other pools are as before.
  EXPECT_EQ(variable("WORKER_CARE_CHANGED"), "old");
  executor other{loop, options(1)};
  auto unchanged = submit_call(other, variable, "WORKER_CARE_CHANGED");
  auto where = submit_call(other, current_folder);
  ASSERT_TRUE(wait(unchanged));
  ASSERT_TRUE(wait(where));
  EXPECT_EQ(unchanged.result(), "old");
  EXPECT_EQ(where.result(), current_folder());
  ::unsetenv("WORKER_CARE_KEPT");
  ::unsetenv("WORKER_CARE_CHANGED");
}

TEST_F(WorkerCareTest, SaysWhyThereIsNoWorkerInADirectoryThatIsGone) {
  std::optional<shared_folder> folder(std::in_place);
  executor user{loop, options(1, {.working_directory = folder->path()})};
  folder.reset();
  auto future = submit_call(user, [] {});
  EXPECT_TRUE(fails_with(future, failure_kind::infrastructure, "worker process: "));
}

// --- Initializers.

int number_of_this_worker = 0;

void give_number(int n, const std::string& folder) {
  if (!folder.empty()) leave_a_mark(folder);
  number_of_this_worker += n;
}

std::pair<int, int> number_and_process() { return {number_of_this_worker, ::getpid()}; }

// Behaviour 94.
TEST_F(WorkerCareTest, InitializesEachWorkerOnceBeforeItsFirstTask) {
  const shared_folder folder;
  auto with_initializer = options(3);
  with_initializer.initializer = initialize_with(give_number, 7, folder.path());
  executor user{loop, with_initializer};
  std::set<int> processes;
  while (processes.size() < 3) {
    std::vector<call_future<std::pair<int, int>>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(submit_call(user, number_and_process));
    for (const auto& each : futures) {
      ASSERT_TRUE(wait(each));
      EXPECT_EQ(each.result().first, 7);
      processes.insert(each.result().second);
    }
  }
  EXPECT_EQ(folder.count(), 3U);
  EXPECT_EQ(number_of_this_worker, 0);
}

TEST_F(WorkerCareTest, InitializesThoseThatReplaceOthers) {
  auto with_initializer = options(1);
  with_initializer.initializer = initialize_with(give_number, 3, std::string());
  executor user{loop, with_initializer};
  for (int i = 0; i < 3; ++i) {
    auto number = submit_call(user, number_and_process);
    ASSERT_TRUE(wait(number));
    EXPECT_EQ(number.result().first, 3);
    auto crashing = submit_call(user, [] { ::raise(SIGKILL); });
    ASSERT_TRUE(wait(crashing));
  }
}

void refuse_to_begin(const std::string& folder, const std::string& why) {
  leave_a_mark(folder);
  throw std::runtime_error(why);
}

// Works from the third time on.
void begin_at_last(const std::string& folder) {
  if (leave_a_mark(folder) < 3) throw std::runtime_error("no device");
}

TEST_F(WorkerCareTest, TriesAnInitializerThatRaisesAgain) {
  const shared_folder folder;
  auto patient = options(1);
  patient.initializer = initialize_with(begin_at_last, folder.path());
  executor user{loop, patient};
  auto future = submit_call(user, identity, 5);
  ASSERT_TRUE(wait(future));
  ASSERT_EQ(future.state(), future_state::completed) << future.failure().what;
  EXPECT_EQ(future.result(), 5);
  EXPECT_EQ(folder.count(), 3U);
}

// Behaviour 94.
TEST_F(WorkerCareTest, FailsTasksWhileAnInitializerRaisesAndNoLonger) {
  const shared_folder folder;
  const shared_folder devices;
  const testing::log_capture log(log_level::error);
  auto failing = options(3);
  failing.initializer = initialize_with(
      [](const std::string& where, const std::string& what) {
        if (!std::filesystem::exists(what)) refuse_to_begin(where, "no device");
      },
      folder.path(), devices.path() + "/device");
  executor user{loop, failing};
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 10; ++i) futures.push_back(submit_call(user, [] {}));
  const std::string text = "raised in its initializer: std::runtime_error: no device";
  for (const auto& each : futures) {
    EXPECT_TRUE(fails_with(each, failure_kind::infrastructure, text));
  }
  EXPECT_NE(log.count(text), 0U);
  // Those that had been started at the same time, and then one by one.
  const auto tried = folder.count();
  EXPECT_GE(tried, 5U);
  EXPECT_LE(tried, 3U + 4U);
  // Each is tried for, once.
  auto later = submit_call(user, [] {});
  EXPECT_TRUE(fails_with(later, failure_kind::infrastructure, text));
  EXPECT_EQ(folder.count(), tried + 1);
  std::ofstream(devices.path() + "/device") << "here";
  auto last = submit_call(user, identity, 5);
  ASSERT_TRUE(wait(last));
  ASSERT_EQ(last.state(), future_state::completed) << last.failure().what;
  EXPECT_EQ(folder.count(), tried + 1);
  EXPECT_TRUE(user.shutdown(guard).stopped);
}

TEST_F(WorkerCareTest, IsBrokenByAnInitializerThatRaisesIfTold) {
  const shared_folder folder;
  const testing::log_capture log(log_level::error);
  auto failing = options(3, {.worker_deaths = on_worker_death::break_pool});
  failing.initializer = initialize_with(refuse_to_begin, folder.path(), "no licence");
  executor user{loop, failing};
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 10; ++i) futures.push_back(submit_call(user, [] {}));
  const std::string text = "raised in its initializer: std::runtime_error: no licence";
  for (const auto& each : futures) {
    EXPECT_TRUE(fails_with(each, failure_kind::infrastructure, text));
  }
  // The pool breaks in another thread, which logs it; what is submitted meanwhile fails at once.
  EXPECT_TRUE(eventually([&] { return log.count(text) != 0; }));
  auto later = submit_call(user, [] {});
  EXPECT_TRUE(fails_with(later, failure_kind::infrastructure, text));
  EXPECT_TRUE(ids(user).empty());
  EXPECT_TRUE(user.shutdown(guard).stopped);
  // Those that had been started at the same time, and nobody since.
  EXPECT_LE(folder.count(), 3U);
}

TEST_F(WorkerCareTest, IsBrokenByAnInitializerThatDies) {
  const shared_folder folder;
  auto failing = options(2);
  failing.initializer = initialize_with(
      [](const std::string& where) {
        leave_a_mark(where);
        ::_exit(9);
      },
      folder.path());
  executor user{loop, failing};
  auto future = submit_call(user, [] {});
  EXPECT_TRUE(fails_with(future, failure_kind::infrastructure, "exited with code 9"));
  EXPECT_TRUE(user.shutdown(guard).stopped);
  EXPECT_LE(folder.count(), 6U);
}

TEST_F(WorkerCareTest, EndsInitializersThatTakeTooLong) {
  auto slow = options(1, {.initializer_time_max = milliseconds(5)});
  slow.initializer = initialize_with([] {
    for (;;) ::pause();
  });
  executor user{loop, slow};
  auto future = submit_call(user, [] {});
  EXPECT_TRUE(
      fails_with(future, failure_kind::infrastructure, "had not ended its initializer after 5 ms"));
}

TEST_F(WorkerCareTest, EndsPoolsWhoseInitializersDoNotEnd) {
  auto stuck = options(1);
  const auto begun = context.make_event();
  stuck.initializer = initialize_with(
      [](event first) {
        first.set();
        for (;;) ::pause();
      },
      begun);
  std::optional<executor> user(std::in_place, loop, stuck);
  auto future = submit_call(*user, [] {});
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_TRUE(ids(*user).empty());
  future.cancel();
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.state(), future_state::cancelled);
  user.reset();
}

struct opaque {
  opaque() = default;
  opaque(const opaque&) {}
  ~opaque() {}
  void* something = nullptr;
};

TEST_F(WorkerCareTest, RefusesInitializersThatCannotBeSent) {
  EXPECT_THROW(context.make_pool({.initializer = initialize_with([](const opaque&) {}, opaque())}),
               not_transferable);
  int captured = 1;
  EXPECT_THROW(
      context.make_pool({.initializer = initialize_with([&captured] { return captured; })}),
      not_transferable);
}

// --- Recycling.

void expect_other_processes(const std::vector<int>& before, const std::vector<int>& now) {
  for (const int each : now) EXPECT_EQ(std::count(before.begin(), before.end(), each), 0) << each;
}

// Behaviour 82.
TEST_F(WorkerCareTest, ReplacesWorkersAfterSoManyTasks) {
  for (const int tasks_max : {1, 2, 10}) {
    executor user{loop, options(2, {.tasks_max = tasks_max})};
    std::vector<call_future<int>> numbers;
    std::vector<call_future<int>> processes;
    for (int i = 0; i < 60; ++i) {
      numbers.push_back(submit_call(user, identity, i));
      processes.push_back(submit_call(user, own_process));
    }
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE(wait(numbers[i]));
      ASSERT_TRUE(wait(processes[i]));
      EXPECT_EQ(numbers[i].result(), i);
    }
    std::set<int> seen;
    for (const auto& each : processes) seen.insert(each.result());
    EXPECT_GE(seen.size(), 60U / static_cast<unsigned>(tasks_max) / 2U);
    for (const int process : seen) {
      const auto times = std::count_if(processes.begin(), processes.end(),
                                       [&](const auto& each) { return each.result() == process; });
      EXPECT_LE(times, tasks_max);
    }
  }
}

// Behaviour 82.
TEST_F(WorkerCareTest, HasOtherProcessesAfterRecycling) {
  executor user{loop, options(3, {.tasks_max = 2})};
  auto first = submit_call(user, identity, 0);
  ASSERT_TRUE(wait(first));
  ASSERT_TRUE(eventually([&] { return ids(user).size() == 3; }));
  const auto before = ids(user);
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 30; ++i) futures.push_back(submit_call(user, identity, i));
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(wait(futures[i]));
    EXPECT_EQ(futures[i].result(), i);
  }
  ASSERT_TRUE(eventually([&] { return ids(user).size() == 3; }));
  // Thirty tasks and six that the first ones may have had.
  expect_other_processes(before, ids(user));
  for (const int each : before) EXPECT_TRUE(eventually([&] { return is_gone(each); }));
}

// Behaviours 82 and 101.
TEST_F(WorkerCareTest, EndsWhenItIsClosedInTheMiddleOfRecycling) {
  for (int round = 0; round < 20; ++round) {
    const auto pool =
        context.make_pool({.worker_count = 2, .processes = {.tasks_max = 1 + round % 3}});
    executor user{loop, {.context = &context, .pool = pool}};
    std::vector<call_future<int>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(submit_call(user, identity, i));
    ASSERT_TRUE(wait(futures[round]));
    pool->close();
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(wait(futures[i]));
      EXPECT_EQ(futures[i].result(), i);
    }
    EXPECT_TRUE(user.shutdown(guard).stopped);
  }
}

// Says how many of its kind run at this moment, while it runs itself.
int run_beside_others(const std::string& folder) {
  const auto own = folder + "/" + std::to_string(::getpid());
  std::ofstream(own).close();
  int out = 0;
  for (int i = 0; i < 20; ++i) {
    int now = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder)) ++now;
    out = std::max(out, now);
  }
  ::unlink(own.c_str());
  return out;
}

// Behaviour 100.
TEST_F(WorkerCareTest, NeverRunsMoreTasksAtOnceThanItHasWorkers) {
  for (const bool recycled : {false, true}) {
    const shared_folder folder;
    worker_care care;
    if (recycled) care.tasks_max = 1;
    executor user{loop, options(3, care)};
    std::vector<call_future<int>> futures;
    for (int i = 0; i < 60; ++i)
      futures.push_back(submit_call(user, run_beside_others, folder.path()));
    for (const auto& each : futures) {
      ASSERT_TRUE(wait(each));
      EXPECT_LE(each.result(), 3);
      EXPECT_GE(each.result(), 1);
    }
  }
}

std::vector<std::vector<char>>& leaked() {
  static std::vector<std::vector<char>> out;
  return out;
}

std::pair<int, int> leak(int number, std::size_t bytes) {
  leaked().emplace_back(bytes, 'x');
  return {number, ::getpid()};
}

// Behaviour 106.
TEST_F(WorkerCareTest, ReplacesWorkersThatGrow) {
  if (sanitized) GTEST_SKIP();
  executor user{loop, options(1, {.memory_growth_max = std::size_t{16} << 20})};
  std::set<int> processes;
  // The one that replaces another may take a moment, in which that one goes on.
  for (int i = 0; processes.size() < 4 && i < 1000; ++i) {
    auto future = submit_call(user, leak, i, std::size_t{4} << 20);
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.result().first, i);
    processes.insert(future.result().second);
  }
  EXPECT_EQ(processes.size(), 4U);
}

TEST_F(WorkerCareTest, KeepsWorkersThatDoNotGrow) {
  executor user{loop, options(1, {.memory_growth_max = std::size_t{64} << 20})};
  auto first = submit_call(user, own_process);
  ASSERT_TRUE(wait(first));
  for (int i = 0; i < 50; ++i) {
    auto future = submit_call(user, own_process);
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.result(), first.result());
  }
}

TEST_F(WorkerCareTest, RunsTheTasksInTheHandOfAGrownWorkerOnceAndInOrder) {
  if (sanitized) GTEST_SKIP();
  executor user{loop, options(1, {.memory_growth_max = std::size_t{8} << 20})};
  // Short tasks make its hand large.
  for (int i = 0; i < 300; ++i) submit_call(user, identity, i);
  std::vector<call_future<std::pair<int, int>>> futures;
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    futures.push_back(submit_call(user, leak, i, std::size_t{1} << 20));
    futures.back().on_done([&order, i](const auto&) { order.push_back(i); });
  }
  ASSERT_TRUE(wait([&] { return order.size() == futures.size(); }));
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(futures[i].state(), future_state::completed);
    EXPECT_EQ(futures[i].result().first, i);
  }
}

// --- Idleness.

// Behaviour 105.
TEST_F(WorkerCareTest, EndsIdleWorkersAndStartsOthersOnDemand) {
  const testing::log_capture log(log_level::warning);
  executor user{loop, options(3, {.idle_time_max = milliseconds(10), .idle_workers_min = 1})};
  std::set<int> processes;
  for (int round = 0; round < 3; ++round) {
    std::vector<event> begun;
    const auto go = context.make_event();
    std::vector<call_future<void>> futures;
    for (int i = 0; i < 3; ++i) {
      begun.push_back(context.make_event());
      futures.push_back(submit_call(user, wait_until, begun.back(), go));
    }
    for (const auto& each : begun) ASSERT_TRUE(each.wait_for(guard));
    for (const int each : ids(user)) processes.insert(each);
    EXPECT_EQ(ids(user).size(), 3U);
    go.set();
    for (const auto& each : futures) {
      ASSERT_TRUE(wait(each));
      EXPECT_EQ(each.state(), future_state::completed);
    }
    ASSERT_TRUE(eventually([&] { return ids(user).size() == 1; }));
  }
  // One stayed all the time, and two are new in each round.
  EXPECT_EQ(processes.size(), 1U + 3 * 2);
  EXPECT_EQ(log.count("worker"), 0);
}

// Behaviour 105: tasks that come at the very moment at which workers go.
TEST_F(WorkerCareTest, LosesNoTaskToAWorkerThatIsJustEnding) {
  executor user{loop, options(2, {.idle_time_max = std::chrono::microseconds(300)})};
  for (int i = 0; i < 200; ++i) {
    auto future = submit_call(user, identity, i);
    ASSERT_TRUE(wait(future));
    ASSERT_EQ(future.state(), future_state::completed) << future.failure().what;
    EXPECT_EQ(future.result(), i);
    loop.run_until([] { return false; }, std::chrono::microseconds(100 + i * 7 % 400));
  }
  EXPECT_TRUE(eventually([&] { return ids(user).empty(); }));
}

TEST_F(WorkerCareTest, TakesTimesThatTheClockCannotCountAsForEver) {
  using std::chrono::hours;
  auto patient = options(1, {.initializer_time_max = hours::max(),
                             .idle_time_max = hours::max(),
                             .restart_time = hours::max()});
  patient.initializer = initialize_with([] {});
  executor user{loop, patient};
  auto future = submit_call(user, own_process);
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.state(), future_state::completed);
}

// Behaviour 99.
TEST_F(WorkerCareTest, UsesAnIdleWorkerBeforeItStartsAnother) {
  executor user{loop, options(4, {.idle_time_max = std::chrono::hours(1)})};
  std::set<int> processes;
  for (int i = 0; i < 3; ++i) {
    auto future = submit_call(user, own_process);
    ASSERT_TRUE(wait(future));
    processes.insert(future.result());
  }
  EXPECT_EQ(processes.size(), 1U);
}

// --- Memory.

std::size_t allocate(std::size_t bytes) {
  const std::vector<char> memory(bytes, 'x');
  return memory.size();
}

TEST_F(WorkerCareTest, FailsATaskThatAsksForTooMuchMemory) {
  if (sanitized) GTEST_SKIP();
  executor user{loop, options(1, {.memory_max = std::size_t{256} << 20})};
  auto modest = submit_call(user, allocate, std::size_t{16} << 20);
  auto greedy = submit_call(user, allocate, std::size_t{512} << 20);
  auto process = submit_call(user, own_process);
  ASSERT_TRUE(wait(modest));
  ASSERT_TRUE(wait(greedy));
  ASSERT_TRUE(wait(process));
  EXPECT_EQ(modest.result(), std::size_t{16} << 20);
  ASSERT_EQ(greedy.state(), future_state::failed);
  EXPECT_EQ(greedy.failure().kind, failure_kind::out_of_memory);
  EXPECT_EQ(greedy.failure().type, "std::bad_alloc");
  // Its worker is as good as before.
  auto again = submit_call(user, own_process);
  ASSERT_TRUE(wait(again));
  EXPECT_EQ(again.result(), process.result());
  // So are others, and this process.
  executor other{loop, options(1)};
  auto unlimited = submit_call(other, allocate, std::size_t{512} << 20);
  ASSERT_TRUE(wait(unlimited));
  EXPECT_EQ(unlimited.result(), std::size_t{512} << 20);
  EXPECT_EQ(allocate(std::size_t{512} << 20), std::size_t{512} << 20);
}

TEST_F(WorkerCareTest, BeginsWithinTheSmallestLimit) {
  if (sanitized) GTEST_SKIP();
  executor user{loop, options(1, {.memory_max = std::size_t{16} << 20})};
  auto modest = submit_call(user, allocate, std::size_t{1} << 20);
  auto greedy = submit_call(user, allocate, std::size_t{16} << 20);
  ASSERT_TRUE(wait(modest));
  ASSERT_TRUE(wait(greedy));
  EXPECT_EQ(modest.state(), future_state::completed);
  ASSERT_EQ(greedy.state(), future_state::failed);
  EXPECT_EQ(greedy.failure().kind, failure_kind::out_of_memory);
}

void allocate_where_nobody_catches() noexcept { allocate(std::size_t{512} << 20); }

TEST_F(WorkerCareTest, SaysThatAWorkerProbablyDiedOfItsMemoryLimit) {
  if (sanitized) GTEST_SKIP();
  executor user{loop, options(1, {.memory_max = std::size_t{256} << 20})};
  auto future = submit_call(user, allocate_where_nobody_catches);
  EXPECT_TRUE(fails_with(future, failure_kind::out_of_memory, "probably out of memory"));
}

TEST_F(WorkerCareTest, BlamesNoMemoryForOtherDeaths) {
  executor user{loop, options(1, {.memory_max = std::size_t{4} << 40})};
  auto killed = submit_call(user, [] { ::raise(SIGKILL); });
  EXPECT_TRUE(fails_with(killed, failure_kind::infrastructure, "signal 9"));
  EXPECT_EQ(killed.failure().what.find("memory"), std::string::npos);
  auto aborted = submit_call(user, [] { ::abort(); });
  EXPECT_TRUE(fails_with(aborted, failure_kind::infrastructure, "signal 6"));
  EXPECT_EQ(aborted.failure().what.find("memory"), std::string::npos);
}

TEST_F(WorkerCareTest, TellsThatMemoryRanOutInThreadsToo) {
  executor threads{loop, {.worker_count = 1}};
  auto out = submit_call(threads, [] { throw std::bad_alloc(); });
  auto senseless = submit_call(threads, [] { throw std::bad_array_new_length(); });
  ASSERT_TRUE(wait(out));
  ASSERT_TRUE(wait(senseless));
  EXPECT_EQ(out.failure().kind, failure_kind::out_of_memory);
  EXPECT_EQ(senseless.failure().kind, failure_kind::raised);
}

int oom_score() {
  std::ifstream file("/proc/self/oom_score_adj");
  int out = -1;
  file >> out;
  return out;
}

TEST_F(WorkerCareTest, OffersWorkersToTheKernelFirst) {
  executor user{loop, options(1)};
  auto score = submit_call(user, oom_score);
  ASSERT_TRUE(wait(score));
  EXPECT_EQ(score.result(), std::min(1000, oom_score() + 500));
}

// --- Deaths.

// Dies as often as it is told, and counts how often it was called.
int die_at_first(const std::string& folder, int times) {
  const int called = leave_a_mark(folder);
  if (called <= times) ::raise(SIGKILL);
  return called;
}

TEST_F(WorkerCareTest, RunsIdempotentTasksAgain) {
  const shared_folder folder;
  executor user{loop, options(1, {.worker_deaths = on_worker_death::retry, .retries_max = 2})};
  auto future = submit_call(user, idempotent(die_at_first), folder.path(), 2);
  std::vector<future_state> states;
  future.on_state([&](const auto& now) { states.push_back(now.state()); });
  // What follows waits for it, as its order says.
  auto next = submit_call(user, identity, 5);
  ASSERT_TRUE(wait(future));
  ASSERT_TRUE(wait(next));
  EXPECT_EQ(future.result(), 3);
  EXPECT_EQ(folder.count(), 3U);
  EXPECT_EQ(states, (std::vector{future_state::executing, future_state::completed}));
  EXPECT_EQ(next.result(), 5);
}

TEST_F(WorkerCareTest, RunsThemAgainSoOftenAndNoMore) {
  const shared_folder folder;
  executor user{loop, options(1, {.worker_deaths = on_worker_death::retry, .retries_max = 2})};
  auto future = submit_call(user, idempotent(die_at_first), folder.path(), 100);
  ASSERT_TRUE(wait(future));
  ASSERT_EQ(future.state(), future_state::failed);
  EXPECT_EQ(future.failure().kind, failure_kind::infrastructure);
  EXPECT_EQ(folder.count(), 3U);
}

TEST_F(WorkerCareTest, RunsNothingAgainThatIsNotMarkedOrNotAskedFor) {
  for (const bool marked : {true, false}) {
    const shared_folder folder;
    executor user{loop, options(1, {.worker_deaths = marked ? on_worker_death::fail_task
                                                            : on_worker_death::retry})};
    auto future = marked ? submit_call(user, idempotent(die_at_first), folder.path(), 1)
                         : submit_call(user, die_at_first, folder.path(), 1);
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.state(), future_state::failed);
    EXPECT_EQ(folder.count(), 1U);
  }
}

generator<int> yield_and_die(std::string folder, int items) {
  leave_a_mark(folder);
  for (int i = 0; i < items; ++i) co_yield i;
  if (leave_a_mark(folder) <= 2) ::raise(SIGKILL);
}

TEST_F(WorkerCareTest, RunsNothingAgainThatHasSaidSomething) {
  for (const int items : {0, 1}) {
    const shared_folder folder;
    executor user{loop, options(1, {.worker_deaths = on_worker_death::retry})};
    auto future = submit_iteration(user, idempotent(yield_and_die), folder.path(), items);
    std::vector<int> seen;
    future.on_item([&](int item) { seen.push_back(item); });
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.state(), items == 0 ? future_state::completed : future_state::failed);
    EXPECT_EQ(folder.count(), items == 0 ? 4U : 2U);
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(items));
  }
}

TEST_F(WorkerCareTest, TakesTheMarkWithEachKindOfTask) {
  executor user{loop, options(1, {.worker_deaths = on_worker_death::retry})};
  const shared_folder folder;
  auto reporting =
      submit_progress(user, idempotent([](progress<int>& report, const std::string& where) {
                        die_at_first(where, 1);
                        report(1);
                        return 2;
                      }),
                      folder.path());
  ASSERT_TRUE(wait(reporting));
  EXPECT_EQ(reporting.result(), 2);
  auto latest = submit_progress(user, {.deliver = delivery::latest_value},
                                idempotent([](progress<int>& report, int n) { report(n); }), 1);
  ASSERT_TRUE(wait(latest));
  EXPECT_EQ(latest.state(), future_state::completed);
  const shared_folder other;
  auto in_steps = submit_steps(user, 1, "begun",
                               idempotent([](steps_reporter& report, const std::string& where) {
                                 die_at_first(where, 1);
                                 report.step("one");
                                 return 3;
                               }),
                               other.path());
  ASSERT_TRUE(wait(in_steps));
  EXPECT_EQ(in_steps.result(), 3);
}

void die_when_told(const std::string& folder, event begun, event go) {
  leave_a_mark(folder);
  begun.set();
  go.wait();
  ::raise(SIGKILL);
}

TEST_F(WorkerCareTest, RunsNothingAgainThatWasCancelled) {
  const shared_folder folder;
  executor user{loop, options(1, {.worker_deaths = on_worker_death::retry, .retries_max = 1000})};
  const auto begun = context.make_event();
  const auto go = context.make_event();
  auto future = submit_call(user, idempotent(die_when_told), folder.path(), begun, go);
  ASSERT_TRUE(begun.wait_for(guard));
  future.cancel();
  go.set();
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.state(), future_state::cancelled);
  EXPECT_EQ(folder.count(), 1U);
  // While it waits to be run again, and in every other moment.
  for (int i = 0; i < 30; ++i) {
    auto dying = submit_call(user, idempotent(die_when_told), folder.path(), begun, go);
    loop.run_until([] { return false; }, std::chrono::microseconds(i * 300));
    dying.cancel();
    ASSERT_TRUE(wait(dying));
    EXPECT_EQ(dying.state(), future_state::cancelled);
  }
}

TEST_F(WorkerCareTest, RunsNothingAgainThatWasTerminated) {
  const shared_folder folder;
  executor user{loop, options(1, {.worker_deaths = on_worker_death::retry})};
  const auto begun = context.make_event();
  const auto never = context.make_event();
  auto future = submit_call(user, idempotent(die_when_told), folder.path(), begun, never);
  ASSERT_TRUE(begun.wait_for(guard));
  future.terminate();
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.state(), future_state::cancelled);
  EXPECT_EQ(folder.count(), 1U);
}

// Behaviours 87 and 88.
TEST_F(WorkerCareTest, IsBrokenByADeathIfThatIsAskedFor) {
  executor user{loop, options(2, {.worker_deaths = on_worker_death::break_pool})};
  auto fine = submit_call(user, identity, 1);
  ASSERT_TRUE(wait(fine));
  const auto begun = context.make_event();
  const auto go = context.make_event();
  auto beside = submit_call(user, wait_until, begun, go);
  ASSERT_TRUE(begun.wait_for(guard));
  auto crashing = submit_call(user, [] { ::_exit(7); });
  EXPECT_TRUE(fails_with(crashing, failure_kind::infrastructure, "exited with code 7"));
  auto later = submit_call(user, [] {});
  EXPECT_TRUE(fails_with(later, failure_kind::infrastructure, "exited with code 7"));
  EXPECT_NE(later.failure().what, crashing.failure().what);
  // What another worker ran is not harmed.
  go.set();
  ASSERT_TRUE(wait(beside));
  EXPECT_EQ(beside.state(), future_state::completed);
  EXPECT_TRUE(eventually([&] { return ids(user).empty(); }));
}

TEST_F(WorkerCareTest, IsNotBrokenByAnEndThatWasWanted) {
  executor user{loop, options(1, {.tasks_max = 2,
                                  .idle_time_max = milliseconds(1),
                                  .worker_deaths = on_worker_death::break_pool})};
  for (int i = 0; i < 10; ++i) {
    const auto begun = context.make_event();
    auto stuck = submit_call(user, wait_until, begun, context.make_event());
    ASSERT_TRUE(begun.wait_for(guard));
    stuck.terminate();
    ASSERT_TRUE(wait(stuck));
    EXPECT_EQ(stuck.state(), future_state::cancelled);
    auto fine = submit_call(user, identity, i);
    ASSERT_TRUE(wait(fine));
    EXPECT_EQ(fine.state(), future_state::completed);
  }
}

// Behaviour 102.
TEST_F(WorkerCareTest, ReplacesWorkersThatAreKilledWhileTheyHaveNothingToDo) {
  executor user{loop, options(2)};
  auto first = submit_call(user, identity, 0);
  ASSERT_TRUE(wait(first));
  for (int round = 0; round < 8; ++round) {
    ASSERT_TRUE(eventually([&] { return ids(user).size() == 2; })) << round;
    for (const int each : ids(user)) {
      ::kill(each, SIGKILL);
      EXPECT_TRUE(eventually([&] { return is_gone(each); }));
    }
    auto future = submit_call(user, identity, round);
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.state(), future_state::completed);
  }
}

// Deaths, pauses and what follows are told; nobody else would.
TEST_F(WorkerCareTest, TellsOfWorkersThatDieWhileTheyHaveNothingToDo) {
  const testing::log_capture log;
  executor user{loop, options(1)};
  auto worker = submit_call(user, [] { return ::getpid(); });
  ASSERT_TRUE(wait(worker));
  ::kill(worker.result(), SIGKILL);
  EXPECT_TRUE(log.wait_for_text("worker process " + std::to_string(worker.result()) +
                                " was killed by signal 9 (Killed), while it had nothing to do; "
                                "another one takes its place"));
  for (const auto& each : log.records()) EXPECT_EQ(each.level, log_level::warning) << each.text;
}

TEST_F(WorkerCareTest, TellsOfWorkersThatDieBeforeTheyTakeTasks) {
  const testing::log_capture log;
  auto broken = options(1);
  broken.initializer = initialize_with([] { ::raise(SIGKILL); });
  executor user{loop, broken};
  auto future = submit_call(user, identity, 1);
  ASSERT_TRUE(wait(future));
  EXPECT_TRUE(log.wait_for_text("before it took tasks; no other one is started"));
}

TEST_F(WorkerCareTest, TellsOfPausesBetweenItsReplacements) {
  const testing::log_capture log(log_level::info);
  executor user{loop, options(1, {.restarts_max = 1, .restart_time = std::chrono::hours(1)})};
  // Pauses become longer; one is longer than a worker takes to start and to die.
  const std::string pause = "the next worker process is started after a pause of ";
  for (int i = 0; i < 8 && log.count(pause) == 0; ++i) {
    auto crashing = submit_call(user, [] { ::raise(SIGKILL); });
    ASSERT_TRUE(wait(crashing));
  }
  EXPECT_TRUE(log.wait_for_text("while it ran a task; another one takes its place"));
  EXPECT_TRUE(log.wait_for_text(pause));
  EXPECT_TRUE(log.wait_for_text("because too many have died lately; 0 of 1 are there"));
}

// What ends because it was told to is no death.
TEST_F(WorkerCareTest, TellsOfNoEndThatWasWanted) {
  const testing::log_capture log;
  {
    testing::process_context other;
    executor user{loop, {.context = &other, .worker_count = 2, .processes = {.tasks_max = 1}}};
    for (int i = 0; i < 4; ++i) {
      auto future = submit_call(user, identity, i);
      ASSERT_TRUE(wait(future));
    }
    auto stuck = submit_call(user, [] { ::pause(); });
    EXPECT_TRUE(stuck.terminate());
    ASSERT_TRUE(wait(stuck));
  }
  EXPECT_EQ(log.records().size(), 0U);
}

TEST_F(WorkerCareTest, ReplacesWorkersNoFasterThanItsBudgetAllows) {
  executor user{loop, options(1, {.restarts_max = 2, .restart_time = std::chrono::hours(1)})};
  // The third comes after a pause, and it comes.
  for (int i = 0; i < 4; ++i) {
    auto crashing = submit_call(user, [] { ::raise(SIGKILL); });
    ASSERT_TRUE(wait(crashing));
    EXPECT_EQ(crashing.state(), future_state::failed);
  }
  auto fine = submit_call(user, identity, 1);
  ASSERT_TRUE(wait(fine));
  EXPECT_EQ(fine.result(), 1);
}

// --- Starts that fail.

class limited {
 public:
  limited(__rlimit_resource which, rlim_t now) : which_(which) {
    ::getrlimit(which, &before_);
    const rlimit changed{now, before_.rlim_max};
    ::setrlimit(which, &changed);
  }
  ~limited() { ::setrlimit(which_, &before_); }
  limited(const limited&) = delete;
  limited& operator=(const limited&) = delete;

 private:
  const __rlimit_resource which_;
  rlimit before_{};
};

// So many are open at least, so that there is not one more.
constexpr rlim_t standard_streams = 3;

// Behaviours 83, 103 and 117.
TEST_F(WorkerCareTest, RecoversFromALackOfDescriptors) {
  if (sanitized) GTEST_SKIP() << "sanitizers need descriptors of their own";
  executor user{loop, options(2)};
  // What is made once for all.
  executor first{loop, options(1)};
  auto beside = submit_call(first, identity, 1);
  ASSERT_TRUE(wait(beside));
  for (int round = 0; round < 2; ++round) {
    {
      const limited none(RLIMIT_NOFILE, standard_streams);
      auto future = submit_call(user, [] {});
      EXPECT_TRUE(fails_with(future, failure_kind::infrastructure, "Too many open files"));
    }
    EXPECT_TRUE(ids(user).empty());
  }
  auto fine = submit_call(user, identity, 2);
  ASSERT_TRUE(wait(fine));
  EXPECT_EQ(fine.state(), future_state::completed);
}

// Behaviour 101: the one that is there goes on, and has a companion again as soon as there can be
// one.
TEST_F(WorkerCareTest, GoesOnWithTheWorkersItHas) {
  if (sanitized) GTEST_SKIP() << "sanitizers need descriptors of their own";
  executor user{loop, options(2)};
  auto first = submit_call(user, identity, 0);
  ASSERT_TRUE(wait(first));
  ASSERT_TRUE(eventually([&] { return ids(user).size() == 2; }));
  {
    const limited none(RLIMIT_NOFILE, standard_streams);
    ::kill(ids(user)[0], SIGKILL);
    ASSERT_TRUE(eventually([&] { return ids(user).size() == 1; }));
    for (int i = 0; i < 20; ++i) {
      auto future = submit_call(user, identity, i);
      ASSERT_TRUE(wait(future));
      EXPECT_EQ(future.state(), future_state::completed);
    }
  }
  ASSERT_TRUE(eventually([&] {
    auto future = submit_call(user, identity, 1);
    return wait(future) && ids(user).size() == 2;
  }));
}

// Behaviour 117.
TEST_F(WorkerCareTest, RecoversFromALackOfProcesses) {
  if (::geteuid() == 0) GTEST_SKIP() << "no limit holds for root";
  if (context.method() == start_method::forkserver) GTEST_SKIP() << "its limit is another one";
  executor user{loop, options(1)};
  executor first{loop, options(1)};
  auto beside = submit_call(first, identity, 1);
  ASSERT_TRUE(wait(beside));
  {
    const limited none(RLIMIT_NPROC, 1);
    auto future = submit_call(user, [] {});
    EXPECT_TRUE(fails_with(future, failure_kind::infrastructure, "worker process: "));
  }
  auto fine = submit_call(user, identity, 2);
  ASSERT_TRUE(wait(fine));
  EXPECT_EQ(fine.state(), future_state::completed);
}

// --- Pools as a whole.

void touch_and_wait_for_ever(const std::string& folder) {
  leave_a_mark(folder);
  for (;;) ::pause();
}

// Behaviour 78.
TEST_F(WorkerCareTest, EndsWithManyTasksThatNobodyWaitsFor) {
  const shared_folder folder;
  executor user{loop, options(2)};
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 10000; ++i) {
    futures.push_back(submit_call(user, touch_and_wait_for_ever, folder.path()));
  }
  ASSERT_TRUE(eventually([&] { return folder.count() == 2; }));
  user.stop();
  int running = 0;
  for (const auto& each : futures) running += each.terminate() ? 1 : 0;
  EXPECT_GE(running, 2);
  EXPECT_TRUE(user.shutdown(guard).stopped);
  for (const auto& each : futures) ASSERT_EQ(each.state(), future_state::cancelled);
  EXPECT_EQ(folder.count(), 2U);
}

// A value that counts how many of its kind this process has.
struct counted_value {
  static inline std::atomic<int> alive{0};
  counted_value() { ++alive; }
  counted_value(const counted_value&) { ++alive; }
  counted_value& operator=(const counted_value&) = default;
  ~counted_value() { --alive; }
};

}  // namespace

template <>
struct codec<counted_value> {
  static void encode(byte_writer&, const counted_value&) {}
  static counted_value decode(byte_reader&) { return {}; }
};

namespace {

// Behaviour 81.
TEST_F(WorkerCareTest, ReleasesArgumentsAndResults) {
  executor user{loop, options(1)};
  {
    auto future = submit_call(
        user, [](const counted_value& value) { return value; }, counted_value());
    EXPECT_GE(counted_value::alive, 1);
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.state(), future_state::completed);
    EXPECT_EQ(counted_value::alive, 1);  // The result.
  }
  EXPECT_TRUE(eventually([] { return counted_value::alive == 0; }));
  // Also where the worker died, and where the task was run again.
  executor retrying{loop, options(1, {.worker_deaths = on_worker_death::retry})};
  auto crashing = submit_call(retrying, idempotent([](const counted_value&) { ::raise(SIGKILL); }),
                              counted_value());
  ASSERT_TRUE(wait(crashing));
  EXPECT_EQ(crashing.state(), future_state::failed);
  EXPECT_EQ(counted_value::alive, 0);  // The future has none of it.
}

// Behaviour 84.
TEST_F(WorkerCareTest, HasTwoHundredWorkers) {
  executor user{loop, options(200)};
  const auto go = context.make_event();
  std::vector<event> begun;
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 200; ++i) {
    begun.push_back(context.make_event());
    futures.push_back(submit_call(user, wait_until, begun.back(), go));
  }
  // All of them at the same time.
  for (const auto& each : begun) ASSERT_TRUE(each.wait_for(guard));
  EXPECT_EQ(ids(user).size(), 200U);
  go.set();
  for (const auto& each : futures) {
    ASSERT_TRUE(wait(each));
    EXPECT_EQ(each.state(), future_state::completed);
  }
}

// Behaviours 85 and 98.
TEST_F(WorkerCareTest, LeavesNoProcessWhereNobodyClosedIt) {
  std::vector<int> processes;
  {
    auto pool = context.make_pool({.worker_count = 2, .processes = {.tasks_max = 3}});
    executor user{loop, {.context = &context, .pool = pool}};
    std::vector<call_future<int>> futures;
    for (int i = 0; i < 10; ++i) futures.push_back(submit_call(user, own_process));
    for (const auto& each : futures) {
      ASSERT_TRUE(wait(each));
      processes.push_back(each.result());
    }
  }
  for (const int each : processes) EXPECT_TRUE(eventually([&] { return is_gone(each); }));
}

// Behaviour 95.
TEST_F(WorkerCareTest, RunsWhatItHasWhenItIsClosedAndTakesNoMore) {
  const auto pool = context.make_pool({.worker_count = 2});
  executor user{loop, {.context = &context, .pool = pool}};
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 50; ++i) futures.push_back(submit_call(user, identity, i));
  pool->close();
  EXPECT_THROW(submit_call(user, identity, 1), pool_closed);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(wait(futures[i]));
    EXPECT_EQ(futures[i].result(), i);
  }
}

// Behaviour 96.
TEST_F(WorkerCareTest, CancelsWhatWaitsAndRunsTheOthers) {
  executor user{loop, options(2)};
  const auto go = context.make_event();
  std::vector<call_future<void>> running;
  for (int i = 0; i < 2; ++i) {
    const auto begun = context.make_event();
    running.push_back(submit_call(user, wait_until, begun, go));
    ASSERT_TRUE(begun.wait_for(guard));
  }
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 50; ++i) futures.push_back(submit_call(user, identity, i));
  for (int i = 0; i < 50; i += 2) futures[i].cancel();
  go.set();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(wait(futures[i]));
    EXPECT_EQ(futures[i].state(), i % 2 == 0 ? future_state::cancelled : future_state::completed);
  }
}

// Behaviour 97.
TEST_F(WorkerCareTest, EndsRightAfterACancel) {
  for (int i = 0; i < 30; ++i) {
    executor user{loop, options(1, {.tasks_max = 2})};
    std::vector<call_future<int>> futures;
    for (int j = 0; j < 5; ++j) futures.push_back(submit_call(user, identity, j));
    loop.run_until([] { return false; }, std::chrono::microseconds(i * 200));
    for (const auto& each : futures) each.cancel();
    ASSERT_TRUE(user.shutdown(guard).stopped);
  }
}

// Behaviour 109: from many homes at once.
TEST_F(WorkerCareTest, ServesManyHomesWhileItsWorkersComeAndGo) {
  const auto pool = context.make_pool(
      {.worker_count = 2, .processes = {.tasks_max = 7, .idle_time_max = milliseconds(2)}});
  std::vector<std::thread> homes;
  for (int home = 0; home < 4; ++home) {
    homes.emplace_back([&, home] {
      manual_loop here;
      executor user{here, {.context = &context, .pool = pool}};
      for (int round = 0; round < 10; ++round) {
        std::vector<call_future<int>> futures;
        for (int i = 0; i < 20; ++i) futures.push_back(submit_call(user, identity, i * home));
        for (int i = 0; i < 20; ++i) {
          ASSERT_TRUE(here.run_until(futures[i], guard));
          ASSERT_EQ(futures[i].state(), future_state::completed);
          EXPECT_EQ(futures[i].result(), i * home);
        }
      }
    });
  }
  for (auto& each : homes) each.join();
}

}  // namespace
}  // namespace offstage
