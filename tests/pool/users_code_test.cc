// Codecs and destructors of the user's in the parent of worker processes: where they run, and what
// they keep waiting.

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "actors/pool/cpu_count.h"
#include "tests/support/log_capture.h"
#include "tests/support/processes.h"

namespace offstage {

namespace {

constexpr std::chrono::seconds guard{60};

std::string name_of_this_thread() {
  std::string name(16, '\0');
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.c_str();
}

// What the codec does in the parent.
std::atomic<bool> decoding_waits{false};
std::atomic<int> being_decoded{0};
std::atomic<int> decoded_by_lanes{0};

// Lets what waits go on when a test ends, however it does.
struct decoding_held {
  decoding_held() { decoding_waits = true; }
  ~decoding_held() {
    decoding_waits = false;
    while (being_decoded != 0) std::this_thread::yield();
  }
};

}  // namespace

constexpr int without_memory = 1000000;

struct own_value {
  int number = 0;
};

template <>
struct codec<own_value> {
  static void encode(byte_writer& writer, const own_value& value) { writer.write(value.number); }
  static own_value decode(byte_reader& reader) {
    own_value out{reader.read<int>()};
    if (is_worker_process()) return out;
    if (name_of_this_thread() == "offstage-lanes") ++decoded_by_lanes;
    ++being_decoded;
    while (decoding_waits) std::this_thread::yield();
    --being_decoded;
    if (out.number < 0) throw std::runtime_error("a negative number");
    if (out.number == without_memory) throw std::bad_alloc();
    return out;
  }
};

namespace {

own_value make_value(int number) { return {number}; }
std::vector<own_value> count_to(int last) {
  std::vector<own_value> out;
  for (int i = 1; i <= last; ++i) out.push_back({i});
  return out;
}
std::vector<own_value> three_with_a_wrong_one() { return {{1}, {-2}, {3}}; }
int twice(int number) { return 2 * number; }
void die(int) { ::raise(SIGKILL); }

class UsersCodeTest : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }

  executor make_executor(int workers = 1) {
    return executor{loop, {.context = &context, .worker_count = workers}};
  }

  void TearDown() override { EXPECT_EQ(decoded_by_lanes, 0); }

  manual_loop loop;
  testing::process_context context;
};

TEST_F(UsersCodeTest, DoesNotKeepADeathOrAnotherResultWaiting) {
  auto slow = make_executor();
  auto other = make_executor();
  ASSERT_TRUE(wait(submit_call(slow, twice, 1)));
  const decoding_held held;
  auto result = submit_call(slow, make_value, 1);
  while (being_decoded == 0) std::this_thread::yield();
  auto dead = submit_call(other, die, 1);
  ASSERT_TRUE(wait(dead));
  EXPECT_EQ(dead.state(), future_state::failed);
  auto next = submit_call(slow, twice, 2);
  ASSERT_TRUE(wait(next));
  EXPECT_EQ(next.result(), 4);
  EXPECT_FALSE(result.done());
  decoding_waits = false;
  ASSERT_TRUE(wait(result));
  EXPECT_EQ(result.result().number, 1);
}

TEST_F(UsersCodeTest, ThatDoesNotReturnKeepsNoContextFromEnding) {
  const testing::log_capture log;
  std::optional<testing::process_context> ending(std::in_place);
  std::optional<executor> user(std::in_place, loop,
                               executor_options{.context = &*ending, .worker_count = 1});
  std::optional<decoding_held> held(std::in_place);
  auto result = submit_call(*user, make_value, 1);
  while (being_decoded == 0) std::this_thread::yield();
  user.reset();
  EXPECT_EQ(result.state(), future_state::cancelled);
  ending.reset();
  EXPECT_EQ(being_decoded, 1);
  held.reset();
}

TEST_F(UsersCodeTest, ThatDoesNotReturnKeepsNoOtherTaskWaitingForLong) {
  const testing::log_capture log(log_level::warning);
  const auto stuck = std::max<std::size_t>(2, usable_cpus());
  auto user = make_executor();
  std::optional<decoding_held> held(std::in_place);
  std::vector<call_future<own_value>> results;
  for (std::size_t i = 0; i < stuck; ++i) results.push_back(submit_call(user, make_value, 1));
  while (static_cast<std::size_t>(being_decoded) != stuck) std::this_thread::yield();
  // It is the user's code, too, but for this one that does not return at once.
  auto next = submit_call(
      user, [](const std::vector<own_value>&) { return 3; }, std::vector<own_value>());
  ASSERT_TRUE(wait(next));
  EXPECT_EQ(next.result(), 3);
  EXPECT_EQ(log.count("takes longer than 1 s"), 1);
  held.reset();
  for (const auto& each : results) ASSERT_TRUE(wait(each));
}

TEST_F(UsersCodeTest, IsHeardInTheOrderOfEachTask) {
  auto user = make_executor(3);
  std::vector<iteration_future<own_value>> futures;
  std::vector<std::vector<int>> seen(6);
  for (auto& each : seen) {
    futures.push_back(submit_iteration(user, count_to, 3000));
    futures.back().on_item([&each](const own_value& item) { each.push_back(item.number); });
  }
  for (const auto& each : futures) {
    ASSERT_TRUE(wait(each));
    EXPECT_EQ(each.state(), future_state::completed);
  }
  for (const auto& each : seen) {
    ASSERT_EQ(each.size(), 3000U);
    for (int i = 0; i < 3000; ++i) ASSERT_EQ(each[static_cast<std::size_t>(i)], i + 1);
  }
}

TEST_F(UsersCodeTest, ThatThrowsAtAnItemEndsTheTaskAfterThoseBefore) {
  auto user = make_executor();
  std::vector<int> seen;
  auto future = submit_iteration(user, three_with_a_wrong_one);
  future.on_item([&](const own_value& item) { seen.push_back(item.number); });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.state(), future_state::failed);
  EXPECT_EQ(future.failure().kind, failure_kind::encoding);
  EXPECT_EQ(seen, std::vector{1});
  auto next = submit_call(user, twice, 2);
  ASSERT_TRUE(wait(next));
  EXPECT_EQ(next.result(), 4);
}

TEST_F(UsersCodeTest, ThatHasNoMemoryIsOfTheKindThatSaysSo) {
  auto user = make_executor();
  auto future = submit_call(user, make_value, without_memory);
  ASSERT_TRUE(wait(future));
  ASSERT_EQ(future.state(), future_state::failed);
  EXPECT_EQ(future.failure().kind, failure_kind::out_of_memory);
  EXPECT_EQ(future.failure().what, "std::bad_alloc, while a value of a worker process was read");
}

std::atomic<int> alive{0};
std::atomic<int> destroyed_elsewhere{0};

// Tells the thread that destroys it.
struct told_argument {
  told_argument() { ++alive; }
  told_argument(const told_argument&) : told_argument() {}
  told_argument(told_argument&&) noexcept : told_argument() {}
  told_argument& operator=(const told_argument&) = delete;
  ~told_argument() {
    if (name_of_this_thread() == "offstage-side") ++destroyed_elsewhere;
    if (name_of_this_thread() == "offstage-lanes") ++decoded_by_lanes;
    --alive;
  }
};

}  // namespace

template <>
struct codec<told_argument> {
  static void encode(byte_writer&, const told_argument&) {}
  static told_argument decode(byte_reader&) { return {}; }
};

namespace {

void take(const told_argument&) {}
void take_and_die(const told_argument&) { ::raise(SIGKILL); }

TEST_F(UsersCodeTest, OfArgumentsIsCalledElsewhereBeforeTheTaskHasEnded) {
  auto user = make_executor();
  const auto until = context.make_event();
  const auto expect_gone = [&](auto future) {
    int left = -1;
    future.on_done([&](const auto&) { left = alive; });
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(left, 0);
  };
  const auto taken = submit_call(user, take, told_argument());
  expect_gone(taken);
  const auto dead = submit_call(user, take_and_die, told_argument());
  expect_gone(dead);
  EXPECT_EQ(destroyed_elsewhere, 2);
  auto running = submit_call(
      user, [](event wait_for) { wait_for.wait(); }, until);
  auto waiting = submit_call(user, take, told_argument());
  waiting.cancel();
  expect_gone(waiting);
  EXPECT_EQ(destroyed_elsewhere, 3);
  until.set();
  ASSERT_TRUE(wait(running));
}

}  // namespace
}  // namespace offstage
