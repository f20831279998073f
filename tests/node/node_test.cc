// One worker process in its parent, with a system that refuses what the parent asks for.

#include "actors/node/node.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "actors/node/node_host.h"
#include "actors/node/node_options.h"
#include "tests/support/call_refusal.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

// Hears one worker, as a pool would.
class listener final : public node::owner {
 public:
  void node_begins(node&) override { begun_.set_value(); }
  void node_ready(node&) override { ready_.set_value(); }
  void node_says(node&, std::uint16_t, std::span<const flat_message::word>) override {}
  void node_paused(node&) override {}
  void node_ended(node&, const std::string& how) override { ended_.set_value(how); }

  bool is_ready() { return ready.wait_for(guard) == std::future_status::ready; }
  std::string how_it_ended() {
    return ended.wait_for(guard) == std::future_status::ready ? ended.get() : "it has not ended";
  }

 private:
  std::promise<void> begun_;
  std::promise<void> ready_;
  std::promise<std::string> ended_;

 public:
  std::future<void> begun = begun_.get_future();
  std::future<void> ready = ready_.get_future();
  std::future<std::string> ended = ended_.get_future();
};

std::vector<int> descriptors() {
  std::vector<int> out;
  DIR* const folder = ::opendir("/proc/self/fd");
  while (const auto* entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    const int number = std::atoi(entry->d_name);
    if (number != ::dirfd(folder)) out.push_back(number);
  }
  ::closedir(folder);
  std::sort(out.begin(), out.end());
  return out;
}

bool is_socket_with_words(int number) {
  int kind = 0;
  socklen_t size = sizeof kind;
  int bytes = 0;
  return ::getsockopt(number, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 &&
         ::ioctl(number, FIONREAD, &bytes) == 0 && bytes > 0;
}

// What follows the name in /proc/PID/stat: the state, and the parent.
std::pair<char, int> stat_of(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  std::pair<char, int> out{' ', 0};
  rest >> out.first >> out.second;
  return out;
}

char state_of(int process) { return stat_of(process).first; }
int parent_of(int process) { return stat_of(process).second; }

template <class Condition>
bool eventually(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + guard;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class NodeTest : public ::testing::TestWithParam<start_method> {
 protected:
  ~NodeTest() override { host->end(std::chrono::steady_clock::now() + guard); }

  std::shared_ptr<node> start(const std::shared_ptr<listener>& pool) {
    return node::start(*host, pool, std::make_shared<node_options>(options));
  }

  // What was posted before has been done, and what it held is gone.
  void wait_for_lanes() {
    for (int i = 0; i < 2; ++i) {
      const auto done = std::make_shared<std::promise<void>>();
      host->lanes().post([done] { done->set_value(); });
      ASSERT_EQ(done->get_future().wait_for(guard), std::future_status::ready);
    }
  }

  testing::log_capture log;
  node_options options;
  std::shared_ptr<node_host> host =
      node_host::make({.executable = "/proc/self/exe", .method = GetParam()});
  std::shared_ptr<listener> pool = std::make_shared<listener>();
};

INSTANTIATE_TEST_SUITE_P(Methods, NodeTest,
                         ::testing::Values(start_method::forkserver, start_method::spawn),
                         [](const auto& each) { return std::string(to_string(each.param)); });

TEST_P(NodeTest, IsLeftAloneIfItMustNotBeKilled) {
  const auto worker = start(pool);
  ASSERT_TRUE(pool->is_ready());
  const int id = worker->process_id();
  {
    const testing::signal_refusal none(EPERM);
    worker->kill();
    const auto how = pool->how_it_ended();
    EXPECT_TRUE(says(how, "worker process " + std::to_string(id))) << how;
    EXPECT_TRUE(says(how, "cannot be killed: Operation not permitted; it is left alone")) << how;
    EXPECT_TRUE(log.wait_for_text("cannot be sent signal 9: Operation not permitted"));
    EXPECT_TRUE(log.wait_for_text("it is left alone"));
    EXPECT_FALSE(worker->told_to_stop());
    // Its lane has ended, and so it has nothing to stay for. There is nobody to wait for.
    host->end(std::chrono::steady_clock::now());
    EXPECT_EQ(log.count("have not ended although they were killed"), 0);
  }
}

TEST_P(NodeTest, IsLeftAloneIfItDoesNotEndAlthoughItWasKilled) {
  const auto worker = start(pool);
  ASSERT_TRUE(pool->is_ready());
  ::kill(worker->process_id(), SIGSTOP);
  {
    const testing::signal_refusal swallowed(0);
    worker->kill();
    const auto how = pool->how_it_ended();
    EXPECT_TRUE(says(how, "has not ended 2 seconds after it was killed; it is left alone")) << how;
  }
  ::kill(worker->process_id(), SIGKILL);
}

// Stopping asks with one signal, and with another one after a while.
TEST_P(NodeTest, IsStoppedWithinItsPatienceAlsoIfItMustNotBeSignalled) {
  const auto worker = start(pool);
  ASSERT_TRUE(pool->is_ready());
  ::kill(worker->process_id(), SIGSTOP);
  {
    const testing::signal_refusal none(EPERM);
    worker->stop(std::chrono::milliseconds(1));
    const auto how = pool->how_it_ended();
    EXPECT_TRUE(says(how, "cannot be killed: Operation not permitted")) << how;
    EXPECT_EQ(none.refused(), 2);
    EXPECT_TRUE(worker->told_to_stop());
  }
  ::kill(worker->process_id(), SIGKILL);
}

TEST_P(NodeTest, IsReapedWhenItEndsAfterItWasLeftAlone) {
  const auto worker = start(pool);
  ASSERT_TRUE(pool->is_ready());
  const int id = worker->process_id();
  ::kill(id, SIGSTOP);
  {
    const testing::signal_refusal none(EPERM);
    worker->kill();
    pool->how_it_ended();
  }
  ::kill(id, SIGKILL);
  EXPECT_TRUE(eventually([&] { return ::kill(id, 0) != 0 && errno == ESRCH; }));
}

// What it used is closed then, and not when nobody waits for its status any more.
TEST_P(NodeTest, IsKeptByNobodyOnceItsEndWasTold) {
  auto worker = start(pool);
  ASSERT_TRUE(pool->is_ready());
  const int id = worker->process_id();
  const int parent = parent_of(id);
  const bool forked = parent != ::getpid();
  if (forked) ::kill(parent, SIGSTOP);
  ::kill(id, SIGKILL);
  if (forked) {
    // Nobody tells how it ended before the fork server goes on.
    EXPECT_TRUE(eventually([&] { return state_of(id) == 'Z'; }));
    wait_for_lanes();
    ::kill(parent, SIGCONT);
  }
  pool->how_it_ended();
  const std::weak_ptr<node> gone = worker;
  worker.reset();
  wait_for_lanes();
  EXPECT_TRUE(gone.expired());
}

// Whoever was kept from reading for so long has no reason to complain.
TEST_P(NodeTest, IsNotGivenUpWhileItsFirstWordsWaitToBeRead) {
  {
    // So that the fork server is there, and has said what it has to say.
    const auto first = std::make_shared<listener>();
    const auto other = start(first);
    ASSERT_TRUE(first->is_ready());
    other->kill();
    first->how_it_ended();
  }
  wait_for_lanes();
  std::promise<void> go_on;
  host->lanes().post([held = go_on.get_future().share()] { held.wait_for(guard); });
  options.start_time_max = std::chrono::nanoseconds(1);
  const auto worker = start(pool);
  EXPECT_TRUE(eventually([&] {
    const auto now = descriptors();
    return std::any_of(now.begin(), now.end(), is_socket_with_words);
  }));
  go_on.set_value();
  EXPECT_TRUE(pool->is_ready());
  EXPECT_EQ(log.count("said nothing"), 0);
  worker->kill();
  EXPECT_TRUE(says(pool->how_it_ended(), "killed by signal 9"));
}

// Its outputs, its lane and its end are watched, in this order.
TEST_P(NodeTest, EndsWhereItCannotBeWatched) {
  {
    // So that the fork server is there, whose outputs are watched, too.
    const auto first = start(pool);
    ASSERT_TRUE(pool->is_ready());
    first->kill();
    pool->how_it_ended();
  }
  wait_for_lanes();
  for (int granted = 0; granted < 4; ++granted) {
    const auto next = std::make_shared<listener>();
    const testing::watch_refusal none(granted);
    std::weak_ptr<node> made;
    try {
      made = start(next);
      EXPECT_GE(granted, 2);
      const auto how = next->how_it_ended();
      EXPECT_TRUE(says(how, "cannot be watched")) << how;
      EXPECT_TRUE(says(how, "No space left on device")) << how;
    } catch (const std::system_error& error) {
      EXPECT_LT(granted, 2);
      EXPECT_EQ(error.code().value(), ENOSPC);
    }
    EXPECT_TRUE(none.refused());
    wait_for_lanes();
    EXPECT_TRUE(eventually([&] { return made.expired(); }));
  }
  // Nobody is left in the host who would be waited for.
  host->end(std::chrono::steady_clock::now());
  EXPECT_EQ(log.count("have not ended although they were killed"), 0);
}

}  // namespace
}  // namespace offstage
