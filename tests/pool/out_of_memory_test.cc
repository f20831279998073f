// What is said of a worker that the kernel has killed for lack of memory: in a control group with
// little of it, where this process may make one.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "actors/offstage.h"
#include "tests/support/processes.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};
constexpr std::size_t limit_bytes = std::size_t{256} << 20;

bool write_to(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// This process moves into a control group with a limit, and back at the end.
class small_group {
 public:
  static std::unique_ptr<small_group> make() {
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
      const auto colon = line.find(':');
      const auto other = line.find(':', colon + 1);
      const auto controllers = "," + line.substr(colon + 1, other - colon - 1) + ",";
      const auto path = line.substr(other + 1);
      std::unique_ptr<small_group> made;
      if (controllers == ",,") {
        made = try_in("/sys/fs/cgroup" + path, "memory.max");
      } else if (controllers.find(",memory,") != controllers.npos) {
        made = try_in("/sys/fs/cgroup/memory" + path, "memory.limit_in_bytes");
      }
      if (made) return made;
    }
    return nullptr;
  }

  ~small_group() {
    write_to(before_ + "/cgroup.procs", std::to_string(::getpid()));
    // Not while those that have just ended are in it.
    const auto end = std::chrono::steady_clock::now() + guard;
    while (::rmdir(path_.c_str()) != 0 && std::chrono::steady_clock::now() < end) {
    }
  }
  small_group(const small_group&) = delete;
  small_group& operator=(const small_group&) = delete;

 private:
  small_group(std::string before, std::string path)
      : before_(std::move(before)), path_(std::move(path)) {}

  static std::unique_ptr<small_group> try_in(const std::string& around, const std::string& limit) {
    const auto path = around + "/offstage_test_" + std::to_string(::getpid());
    if (::mkdir(path.c_str(), 0700) != 0) return nullptr;
    if (!write_to(path + "/" + limit, std::to_string(limit_bytes)) ||
        !write_to(path + "/cgroup.procs", std::to_string(::getpid()))) {
      ::rmdir(path.c_str());
      return nullptr;
    }
    return std::unique_ptr<small_group>(new small_group(around, path));
  }

  const std::string before_;
  const std::string path_;
};

// As sanitizers know nothing of.
void use_memory(std::size_t bytes) {
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, 1, bytes);
}

TEST(OutOfMemoryTest, TellsTheKernelsKillFromOthers) {
  const auto group = small_group::make();
  if (!group) GTEST_SKIP() << "no control group can be made";
  manual_loop loop;
  testing::process_context context;
  executor user{loop, {.context = &context, .worker_count = 1}};
  const auto failure_of = [&](auto... task) {
    auto future = submit_call(user, task...);
    EXPECT_TRUE(loop.run_until(future, guard));
    return future.state() == future_state::failed ? std::optional(future.failure()) : std::nullopt;
  };
  const auto modest = failure_of(use_memory, std::size_t{1} << 20);
  EXPECT_FALSE(modest);
  const auto killed = failure_of([] { ::raise(SIGKILL); });
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->kind, failure_kind::infrastructure);
  EXPECT_EQ(killed->what.find("memory"), std::string::npos) << killed->what;
  for (int i = 0; i < 2; ++i) {
    const auto greedy = failure_of(use_memory, 2 * limit_bytes);
    ASSERT_TRUE(greedy);
    EXPECT_EQ(greedy->kind, failure_kind::out_of_memory) << greedy->what;
    EXPECT_NE(greedy->what.find("signal 9 (Killed), probably out of memory"), std::string::npos)
        << greedy->what;
  }
  const auto again = failure_of([] { ::raise(SIGKILL); });
  ASSERT_TRUE(again);
  EXPECT_EQ(again->kind, failure_kind::infrastructure) << again->what;
}

}  // namespace
}  // namespace offstage
