// What is left of worker processes when they are gone: nothing.

#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "actors/offstage.h"
#include "tests/support/processes.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

std::set<std::string> entries_of(const char* path) {
  std::set<std::string> out;
  DIR* const folder = ::opendir(path);
  if (folder == nullptr) return out;
  const auto own = std::to_string(::dirfd(folder));
  while (const auto* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.' && entry->d_name != own) out.insert(entry->d_name);
  }
  ::closedir(folder);
  return out;
}

// Where every descriptor leads.
std::multiset<std::string> descriptors() {
  std::multiset<std::string> out;
  for (const auto& each : entries_of("/proc/self/fd")) {
    char where[256] = {};
    const auto path = "/proc/self/fd/" + each;
    // It may have been the folder's own.
    if (::readlink(path.c_str(), where, sizeof where - 1) > 0) out.insert(each + " " + where);
  }
  return out;
}

std::size_t threads() { return entries_of("/proc/self/task").size(); }

std::size_t mappings() {
  std::ifstream file("/proc/self/maps");
  std::size_t out = 0;
  for (std::string line; std::getline(file, line);) {
    out += line.find("memfd:offstage") != line.npos ? 1 : 0;
  }
  return out;
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

int identity(int n) { return n; }
int own_process() { return ::getpid(); }
void exit_with_three() { _exit(3); }
void kill_oneself() { ::raise(SIGKILL); }
void wait_for_ever(event begun) {
  begun.set();
  for (;;) ::pause();
}

class ResourcesTest : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }

  // A life of a context: workers that work, are killed, crash and end. Returns how many there were.
  int live(int crashes) {
    testing::process_context context;
    executor user{loop, {.context = &context, .worker_count = 2}};
    for (int i = 0; i < 4; ++i) {
      auto future = submit_call(user, identity, i);
      EXPECT_TRUE(wait(future));
      EXPECT_EQ(future.result(), i);
    }
    for (int i = 0; i < crashes; ++i) {
      auto crashing = submit_call(user, i % 2 == 0 ? exit_with_three : kill_oneself);
      EXPECT_TRUE(wait(crashing));
      EXPECT_EQ(crashing.state(), future_state::failed);
    }
    const auto begun = context.make_event();
    auto stuck = submit_call(user, wait_for_ever, begun);
    EXPECT_TRUE(begun.wait_for(guard));
    EXPECT_TRUE(stuck.terminate());
    EXPECT_TRUE(wait(stuck));
    return 2 + crashes + 1;
  }

  // Threads that were detached end a moment after what they did; nobody says when.
  template <class Condition>
  static bool eventually(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + guard;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  manual_loop loop;
};

TEST_F(ResourcesTest, AreTheSameAfterManyWorkersAsBefore) {
  // What is made once for the whole life of a process.
  live(1);
  ASSERT_TRUE(eventually([] { return threads() == 1; })) << threads();
  const auto descriptors_before = descriptors();
  const auto mappings_before = mappings();
  int workers = 0;
  while (workers < 200) workers += live(17);
  EXPECT_TRUE(eventually([] { return threads() == 1; })) << threads();
  EXPECT_FALSE(has_children());
  EXPECT_EQ(descriptors(), descriptors_before);
  EXPECT_EQ(mappings(), mappings_before);
}

TEST_F(ResourcesTest, AreTheSameWhileOneContextReplacesItsWorkers) {
  testing::process_context context;
  executor user{loop, {.context = &context, .worker_count = 1}};
  const auto settled = [&] {
    // A new worker is there, and the one before it is gone.
    auto future = submit_call(user, own_process);
    EXPECT_TRUE(wait(future));
    return future.result();
  };
  // Home, two reactors, the logs, and nobody who still starts a worker.
  const auto calm = [] { return eventually([] { return threads() == 4; }); };
  settled();
  ASSERT_TRUE(calm()) << threads();
  const auto descriptors_before = descriptors().size();
  const auto mappings_before = mappings();
  for (int i = 0; i < 50; ++i) {
    auto crashing = submit_call(user, exit_with_three);
    ASSERT_TRUE(wait(crashing));
    EXPECT_NE(settled(), 0);
  }
  EXPECT_TRUE(calm()) << threads();
  EXPECT_TRUE(eventually([&] { return descriptors().size() == descriptors_before; }))
      << descriptors().size() << " instead of " << descriptors_before;
  EXPECT_TRUE(eventually([&] { return mappings() == mappings_before; })) << mappings();
}

TEST_F(ResourcesTest, AreTheSameWhenNoWorkerCouldBeStarted) {
  const auto try_once = [&] {
    testing::process_context context{{.executable = "/bin/true"}};
    executor user{loop, {.context = &context, .worker_count = 2}};
    auto future = submit_call(user, identity, 1);
    EXPECT_TRUE(wait(future));
    EXPECT_EQ(future.state(), future_state::failed);
  };
  try_once();
  ASSERT_TRUE(eventually([] { return threads() == 1; })) << threads();
  const auto before = descriptors();
  for (int i = 0; i < 10; ++i) try_once();
  EXPECT_TRUE(eventually([] { return threads() == 1; })) << threads();
  EXPECT_FALSE(has_children());
  EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace offstage
