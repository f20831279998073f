// What all worker processes of a context share, without any of them.

#include "actors/node/node_host.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "tests/support/thread_refusal.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

int threads_called(const std::string& name) {
  int count = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string text;
    std::ifstream(thread.path() / "comm") >> text;
    count += text == name ? 1 : 0;
  }
  return count;
}

int threads_of_hosts() {
  return threads_called("offstage-lanes") + threads_called("offstage-output") +
         threads_called("offstage-logs");
}

std::shared_ptr<node_host> new_host() {
  auto out = node_host::make({.executable = "/proc/self/exe", .method = {}});
  out->begin();
  return out;
}

void wait_until_all_are_gone() {
  const auto end = std::chrono::steady_clock::now() + guard;
  while (threads_of_hosts() != 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::yield();
  }
}

TEST(NodeHostTest, HasItsThreadsWhileItIsNeeded) {
  auto host = new_host();
  host.reset();
  wait_until_all_are_gone();
}

TEST(NodeHostTest, ChangesNothingWhereItCannotHaveItsThreads) {
  const auto host = node_host::make({.executable = "/proc/self/exe", .method = {}});
  for (int first = 1; first <= 3; ++first) {
    const testing::thread_refusal few({.first = first});
    EXPECT_THROW(host->begin(), std::system_error);
  }
  wait_until_all_are_gone();
  host->begin();
}

// Their last user may be a task's end, which its own threads hear of.
TEST(NodeHostTest, EndsInAnyOfItsThreadsAlsoWhereNoOtherIsToBeHad) {
  for (const auto which : {&node_host::lanes, &node_host::outputs}) {
    for (const bool refused : {false, true}) {
      auto host = new_host();
      auto& thread = (host.get()->*which)();
      const auto none = refused ? std::make_unique<testing::thread_refusal>() : nullptr;
      thread.post([last = std::move(host)] {});
      wait_until_all_are_gone();
    }
  }
}

}  // namespace
}  // namespace offstage
