// Tasks that take their worker process with them, or try to.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/offstage.h"
#include "actors/pool/process_pool.h"
#include "tests/support/call_refusal.h"
#include "tests/support/log_capture.h"
#include "tests/support/processes.h"

#if defined(__SANITIZE_ADDRESS__)
#define OFFSTAGE_SANITIZED 1
#else
#define OFFSTAGE_SANITIZED 0
#endif

namespace offstage {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds guard{60};

// A worker's end of its lane.
constexpr int lane = 3;

int identity(int n) { return n; }
int own_process() { return getpid(); }

void fail_a_write() {
  volatile int* nowhere = nullptr;
  *nowhere = 1;
}
void abort_here() { std::abort(); }
void exit_with_three() { std::exit(3); }
void exit_at_once_with_four() { _exit(4); }
void kill_oneself() { raise(SIGKILL); }
[[gnu::noinline]] int recurse(int depth) {
  volatile int room[1024] = {};
  room[0] = depth;
  return depth == 0 ? 0 : recurse(depth - 1) + room[0];
}
int overflow_the_stack() { return recurse(1 << 30); }
void say_last_words() {
  std::fprintf(stderr, "first\nthe disk is on fire\n");
  std::abort();
}
// So many bytes, of which each eight are different, and no line.
std::string endless_line(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; out.size() < size; i += 8) {
    const auto number = std::to_string(i);
    out += std::string(8 - number.size(), '.') + number;
  }
  return out;
}
void print_and_abort(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::abort();
}
void wait_for_ever(event begun) {
  begun.set();
  for (;;) pause();
}
void write_garbage(event begun) {
  const std::string garbage(4096, '\x7f');
  [[maybe_unused]] auto sent = ::send(lane, garbage.data(), garbage.size(), MSG_NOSIGNAL);
  wait_for_ever(begun);
}
void write_half_a_frame_and_leave() {
  const unsigned char half[12] = {9, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 4};
  [[maybe_unused]] auto sent = ::send(lane, half, sizeof half, MSG_NOSIGNAL);
  _exit(0);
}
void write_for_another_task(event begun) {
  // A frame of a kind that there is, of a cell that there is not.
  const unsigned char frame[16] = {1, 0, 0, 0, 3, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0};
  [[maybe_unused]] auto sent = ::send(lane, frame, sizeof frame, MSG_NOSIGNAL);
  wait_for_ever(begun);
}
void leave_a_copy_behind(event until) {
  if (::fork() == 0) {
    until.wait();
    _exit(0);
  }
  _exit(5);
}
void close_the_lane(event begun) {
  ::close(lane);
  wait_for_ever(begun);
}
void close_the_lane_and_abort(event may_end) {
  ::close(lane);
  may_end.wait();
  std::abort();
}
void stop_oneself(event begun) {
  begun.set();
  raise(SIGSTOP);
}
void ignore_everything(event begun) {
  signal(SIGTERM, SIG_IGN);
  wait_for_ever(begun);
}

enum class place { argument, body, result };
enum class manner { kill, exit, raise };

void die(manner how) {
  if (how == manner::kill) raise(SIGKILL);
  if (how == manner::exit) std::exit(3);
  throw std::runtime_error("raised there");
}

// A value that ends its worker: when it arrives, in the body, or on its way back.
struct deadly {
  place where = place::body;
  manner how = manner::kill;
};

deadly live_with(deadly value) {
  if (value.where == place::body) die(value.how);
  return value;
}

}  // namespace

template <>
struct codec<deadly> {
  static void encode(byte_writer& writer, const deadly& value) {
    if (is_worker_process() && value.where == place::result) die(value.how);
    writer.write(value.where, value.how);
  }
  static deadly decode(byte_reader& reader) {
    deadly out;
    out.where = reader.read<place>();
    out.how = reader.read<manner>();
    if (is_worker_process() && out.where == place::argument) die(out.how);
    return out;
  }
};

namespace {

class CrashTest : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }

  // The crash of one task: it alone fails, and the pool is as before.
  template <class... Body>
  std::string failure_of(Body... body) {
    std::vector<call_future<int>> others;
    for (int i = 0; i < 20; ++i) others.push_back(submit_call(user, identity, i));
    auto crashing = submit_call(user, body...);
    for (int i = 20; i < 40; ++i) others.push_back(submit_call(user, identity, i));
    EXPECT_TRUE(wait(crashing));
    EXPECT_EQ(crashing.state(), future_state::failed);
    for (int i = 0; i < 40; ++i) {
      EXPECT_TRUE(wait(others[i]));
      EXPECT_EQ(others[i].state(), future_state::completed);
      if (others[i].state() == future_state::completed) {
        EXPECT_EQ(others[i].result(), i);
      }
    }
    EXPECT_EQ(user.pool()->worker_count(), 2U);
    if (crashing.state() != future_state::failed) return "";
    EXPECT_EQ(crashing.failure().kind, failure_kind::infrastructure);
    return crashing.failure().what;
  }

  static void expect_says(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }

  manual_loop loop;
  testing::process_context context;
  executor user{loop, {.context = &context, .worker_count = 2}};
};

// D1, for this test and those that follow.
TEST_F(CrashTest, TellsTheSignal) {
  const auto segfault = failure_of(fail_a_write);
  expect_says(segfault, "worker process ");
  expect_says(segfault, "while it ran this task");
  if (!OFFSTAGE_SANITIZED) {
    expect_says(segfault, "killed by signal 11 (Segmentation fault)");
    expect_says(failure_of(abort_here), "killed by signal 6 (Aborted)");
    expect_says(failure_of(overflow_the_stack), "killed by signal 11");
  }
  expect_says(failure_of(kill_oneself), "killed by signal 9 (Killed)");
}

TEST_F(CrashTest, EndsTheTaskWhereverItsWorkerEnds) {
  for (const auto where : {place::argument, place::body, place::result}) {
    for (const auto how : {manner::kill, manner::exit, manner::raise}) {
      auto future = submit_call(user, live_with, deadly{where, how});
      ASSERT_TRUE(wait(future));
      ASSERT_EQ(future.state(), future_state::failed);
      const auto& why = future.failure();
      if (how != manner::raise) {
        EXPECT_EQ(why.kind, failure_kind::infrastructure);
        expect_says(why.what, how == manner::kill ? "signal 9" : "code 3");
      } else {
        EXPECT_EQ(why.kind, where == place::body ? failure_kind::raised : failure_kind::encoding);
        EXPECT_EQ(why.what, "raised there");
      }
    }
  }
  auto fine = submit_call(user, identity, 1);
  ASSERT_TRUE(wait(fine));
  EXPECT_EQ(fine.result(), 1);
}

TEST_F(CrashTest, TellsTheExitCode) {
  expect_says(failure_of(exit_with_three), "exited with code 3");
  expect_says(failure_of(exit_at_once_with_four), "exited with code 4");
}

TEST_F(CrashTest, TellsTheLastWords) {
  const auto what = failure_of(say_last_words);
  expect_says(what, "first\nthe disk is on fire");
}

// What a program prints is not for the eyes of whoever runs this test.
class without_stderr {
 public:
  without_stderr() : before_(::dup(STDERR_FILENO)) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    ::close(nowhere);
  }
  ~without_stderr() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }

 private:
  const int before_;
};

TEST_F(CrashTest, KeepsTheLastBytesOfStderr) {
  const without_stderr quiet;
  const auto output_of = [this](const std::string& text) {
    auto crashing = submit_call(user, print_and_abort, text);
    EXPECT_TRUE(wait(crashing));
    EXPECT_EQ(crashing.state(), future_state::failed);
    const auto why = crashing.failure();
    EXPECT_LE(why.what.size(), 5000U);
    expect_says(why.what, "while it ran this task");
    return why.output;
  };
  const auto mebibyte = endless_line(1024 * 1024);
  const auto output = output_of(mebibyte);
  EXPECT_EQ(output.size(), 65536U);
  EXPECT_TRUE(output == mebibyte.substr(mebibyte.size() - 65536));
  const auto less = output_of("first\n\xff and a half");
  EXPECT_EQ(less, "first\n\xff and a half");
  EXPECT_EQ(output_of(""), "");
  const auto fine = endless_line(65536);
  EXPECT_TRUE(output_of(fine) == fine);
  // A task that fails by itself takes nothing of that.
  auto raising = submit_call(user, [] {
    std::fprintf(stderr, "words\n");
    throw std::runtime_error("raised there");
  });
  ASSERT_TRUE(wait(raising));
  EXPECT_EQ(raising.failure().output, "");
}

TEST_F(CrashTest, EndsWorkersThatTalkNonsense) {
  expect_says(failure_of(write_garbage, context.make_event()), "sent what is no message");
  expect_says(failure_of(write_for_another_task, context.make_event()), "sent what is no message");
  expect_says(failure_of(write_half_a_frame_and_leave), "exited with code 0");
  expect_says(failure_of(close_the_lane, context.make_event()), "closed its lane");
}

TEST_F(CrashTest, DoesNotWaitForWhatADeadWorkerHasForked) {
  // The copy holds the worker's end of the lane.
  const auto until = context.make_event();
  expect_says(failure_of(leave_a_copy_behind, until), "exited with code 5");
  until.set();
}

TEST_F(CrashTest, SurvivesManyCrashes) {
  for (int i = 0; i < 30; ++i) {
    auto crashing = submit_call(user, exit_at_once_with_four);
    ASSERT_TRUE(wait(crashing));
    ASSERT_EQ(crashing.state(), future_state::failed);
    ASSERT_EQ(crashing.failure().kind, failure_kind::infrastructure);
  }
  auto fine = submit_call(user, identity, 1);
  ASSERT_TRUE(wait(fine));
  EXPECT_EQ(fine.result(), 1);
}

TEST_F(CrashTest, RunsWhatTheDeadWorkerHadInHandOnceAndInOrder) {
  // In every phase: before the batch, in it, and at its end.
  for (const int fatal : {0, 1, 5, 40, 63}) {
    executor single{loop, {.context = &context, .worker_count = 1}};
    // Short tasks make the worker's hand large.
    for (int i = 0; i < 300; ++i) submit_call(single, identity, i);
    std::vector<int> order;
    std::vector<call_future<int>> futures;
    for (int i = 0; i < 64; ++i) {
      futures.push_back(submit_call(
          single, [](int n, int deadly) { return n == deadly ? (raise(SIGKILL), n) : n; }, i,
          fatal));
      futures.back().on_done([&order, i](const auto&) { order.push_back(i); });
    }
    ASSERT_TRUE(wait([&] { return order.size() == 64; }));
    for (int i = 0; i < 64; ++i) {
      EXPECT_EQ(order[i], i);
      EXPECT_EQ(futures[i].state(), i == fatal ? future_state::failed : future_state::completed)
          << i << " of " << fatal;
    }
  }
}

TEST_F(CrashTest, TerminatesTheOneTaskAndItsWorker) {
  const auto begun = context.make_event();
  const auto other_begun = context.make_event();
  const auto go = context.make_event();
  auto stuck = submit_call(user, wait_for_ever, begun);
  auto other = submit_call(
      user,
      [](event first, event last) {
        first.set();
        last.wait();
        return 7;
      },
      other_begun, go);
  ASSERT_TRUE(begun.wait_for(guard));
  ASSERT_TRUE(other_begun.wait_for(guard));
  auto waiting = submit_call(user, identity, 8);
  EXPECT_TRUE(stuck.terminate());
  EXPECT_EQ(stuck.state(), future_state::cancelling);
  ASSERT_TRUE(wait(stuck));
  EXPECT_EQ(stuck.state(), future_state::cancelled);
  EXPECT_FALSE(stuck.terminate());
  ASSERT_TRUE(wait(waiting));
  EXPECT_EQ(waiting.result(), 8);
  EXPECT_FALSE(other.done());
  go.set();
  ASSERT_TRUE(wait(other));
  EXPECT_EQ(other.result(), 7);
}

TEST_F(CrashTest, TerminatesStoppedAndStubbornTasksAfterTheirGrace) {
  for (const auto body : {stop_oneself, ignore_everything}) {
    const auto begun = context.make_event();
    auto future = submit_call(user, body, begun);
    ASSERT_TRUE(begun.wait_for(guard));
    EXPECT_TRUE(future.cancel(milliseconds(20)));
    ASSERT_TRUE(wait(future));
    EXPECT_EQ(future.state(), future_state::cancelled);
  }
}

std::size_t length(const std::string& text) { return text.size(); }

TEST_F(CrashTest, KeepsHomeFreeWhenAWorkerReadsNoMore) {
  executor single{loop, {.context = &context, .worker_count = 1}};
  for (int i = 0; i < 300; ++i) submit_call(single, identity, i);
  const auto begun = context.make_event();
  auto stopped = submit_call(single, stop_oneself, begun);
  // More than a socket takes: the rest waits in the parent.
  std::vector<call_future<std::size_t>> large;
  for (int i = 0; i < 20; ++i)
    large.push_back(submit_call(single, length, std::string(1 << 20, 'x')));
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_FALSE(loop.run_until(large[0], milliseconds(20)));
  stopped.terminate();
  for (const auto& each : large) {
    ASSERT_TRUE(wait(each));
    EXPECT_EQ(each.result(), std::size_t{1} << 20);
  }
  EXPECT_EQ(stopped.state(), future_state::cancelled);
}

TEST_F(CrashTest, TerminatesWaitingTasksWithoutAWorker) {
  const auto until = context.make_event();
  std::vector<call_future<void>> running;
  for (int i = 0; i < 2; ++i) {
    const auto begun = context.make_event();
    running.push_back(submit_call(
        user,
        [](event first, event last) {
          first.set();
          last.wait();
        },
        begun, until));
    ASSERT_TRUE(begun.wait_for(guard));
  }
  auto waiting = submit_call(user, identity, 1);
  EXPECT_TRUE(waiting.terminate());
  ASSERT_TRUE(wait(waiting));
  EXPECT_EQ(waiting.state(), future_state::cancelled);
  EXPECT_FALSE(running[0].done());
  until.set();
  ASSERT_TRUE(wait(running[0]));
  ASSERT_TRUE(wait(running[1]));
}

TEST_F(CrashTest, HarmsNoOtherTaskByATerminateThatComesTooLate) {
  // The task ends at the very moment at which it is terminated.
  for (int round = 0; round < 100; ++round) {
    auto ending = submit_call(user, identity, round);
    std::vector<call_future<int>> others;
    for (int i = 0; i < 8; ++i) others.push_back(submit_call(user, identity, i));
    if (round % 2 == 0) loop.run_until([] { return false; }, std::chrono::microseconds(20 * round));
    ending.terminate();
    ASSERT_TRUE(wait(ending));
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(wait(others[i]));
      ASSERT_EQ(others[i].state(), future_state::completed) << round;
      ASSERT_EQ(others[i].result(), i);
    }
  }
}

void wait_until(event begun, event go) {
  begun.set();
  go.wait();
}

void set_one(event which) { which.set(); }

TEST_F(CrashTest, TakesBackWhatWaitsBehindALongTask) {
  // Short tasks make the hands of both workers large.
  std::vector<call_future<int>> short_ones;
  for (int i = 0; i < 1000; ++i) short_ones.push_back(submit_call(user, identity, i));
  const auto begun = context.make_event();
  const auto go = context.make_event();
  auto long_one = submit_call(user, wait_until, begun, go);
  for (int i = 0; i < 1000; ++i) short_ones.push_back(submit_call(user, identity, i));
  for (const auto& each : short_ones) ASSERT_TRUE(wait(each));
  EXPECT_FALSE(long_one.done());
  go.set();
  ASSERT_TRUE(wait(long_one));
}

TEST_F(CrashTest, LeavesATaskAloneWhoseGraceTheClockCannotCount) {
  executor single{loop, {.context = &context, .worker_count = 1}};
  auto before = submit_call(single, own_process);
  ASSERT_TRUE(wait(before));
  const auto begun = context.make_event();
  const auto go = context.make_event();
  auto future = submit_call(single, wait_until, begun, go);
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_TRUE(future.cancel(std::chrono::hours::max()));
  EXPECT_FALSE(loop.run_until(future, milliseconds(20)));
  go.set();
  ASSERT_TRUE(wait(future));
  auto after = submit_call(single, own_process);
  ASSERT_TRUE(wait(after));
  EXPECT_EQ(after.result(), before.result());
}

TEST_F(CrashTest, CancelsWhatIsInHandWithoutRunningIt) {
  executor single{loop, {.context = &context, .worker_count = 1}};
  for (int i = 0; i < 300; ++i) submit_call(single, identity, i);
  const auto begun = context.make_event();
  const auto go = context.make_event();
  auto running = submit_call(single, wait_until, begun, go);
  std::vector<event> touched;
  std::vector<call_future<void>> in_hand;
  for (int i = 0; i < 50; ++i) {
    touched.push_back(context.make_event());
    in_hand.push_back(submit_call(single, set_one, touched.back()));
  }
  ASSERT_TRUE(begun.wait_for(guard));
  for (int i = 0; i < 50; i += 2) in_hand[i].cancel();
  for (int i = 0; i < 50; i += 2) ASSERT_TRUE(wait(in_hand[i]));
  EXPECT_FALSE(running.done());
  go.set();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(wait(in_hand[i]));
    EXPECT_EQ(in_hand[i].state(), i % 2 == 0 ? future_state::cancelled : future_state::completed);
    EXPECT_EQ(touched[i].is_set(), i % 2 == 1);
  }
}

TEST(NestingTest, HasAnEnd) {
  setenv("OFFSTAGE_DEPTH", "8", 1);
  EXPECT_THROW(testing::process_context(), invalid_options);
  setenv("OFFSTAGE_DEPTH", "7", 1);
  EXPECT_NO_THROW(testing::process_context());
  unsetenv("OFFSTAGE_DEPTH");
  EXPECT_THROW(testing::process_context({.executable = "/nowhere/to/be/found"}), invalid_options);
}

TEST(OtherProgramTest, ThatIsNoWorkerFailsItsTasksWithAReason) {
  manual_loop loop;
  testing::process_context context({.executable = "/bin/false"});
  executor user{loop, {.context = &context, .worker_count = 1}};
  auto future = submit_call(user, identity, 1);
  ASSERT_TRUE(loop.run_until(future, guard));
  ASSERT_EQ(future.state(), future_state::failed);
  EXPECT_EQ(future.failure().kind, failure_kind::infrastructure);
  EXPECT_NE(future.failure().what.find("exited with code 1"), std::string::npos)
      << future.failure().what;
  // A pool that is closed starts workers for what it has taken, but not again and again.
  {
    auto pool = context.make_pool({.worker_count = 1});
    executor closing{loop, {.context = &context, .pool = pool}};
    auto last = submit_call(closing, identity, 1);
    pool->close();
    ASSERT_TRUE(loop.run_until(last, guard));
    EXPECT_EQ(last.state(), future_state::failed);
  }
  // The pool stays as it is: nothing is started again and again.
  auto another = submit_call(user, identity, 2);
  ASSERT_TRUE(loop.run_until(another, guard));
  EXPECT_EQ(another.state(), future_state::failed);
}

TEST(StubbornTest, EndsWithItsContext) {
  manual_loop loop;
  std::optional<testing::process_context> context(std::in_place);
  executor user{loop, {.context = &*context, .worker_count = 2}};
  auto id = submit_call(user, own_process);
  ASSERT_TRUE(loop.run_until(id, guard));
  std::vector<call_future<void>> stubborn;
  for (int i = 0; i < 2; ++i) {
    const auto begun = context->make_event();
    stubborn.push_back(submit_call(user, ignore_everything, begun));
    ASSERT_TRUE(begun.wait_for(guard));
  }
  // Asked by the executor, by the end of the lane, by a signal, and then not asked any more.
  context.reset();
  for (const auto& each : stubborn) EXPECT_EQ(each.state(), future_state::cancelled);
  EXPECT_TRUE(user.stopped());
  EXPECT_NE(kill(id.result(), 0), 0);
}

TEST_F(CrashTest, LeavesNoProcessBehind) {
  std::vector<int> workers;
  {
    executor many{loop, {.context = &context, .worker_count = 4}};
    for (int i = 0; i < 8; ++i) {
      auto future = submit_call(many, own_process);
      ASSERT_TRUE(wait(future));
      workers.push_back(future.result());
    }
    EXPECT_TRUE(many.shutdown(guard).stopped);
  }
  for (const int each : workers) EXPECT_NE(each, getpid());
  const auto gone = [&] {
    return std::all_of(workers.begin(), workers.end(),
                       [](int each) { return kill(each, 0) != 0 && errno == ESRCH; });
  };
  while (!gone()) std::this_thread::yield();
}

// What ended it is told, and not what else was noticed before.
TEST_F(CrashTest, TellsTheSignalOfAWorkerThatHasClosedItsLane) {
  const testing::log_capture log(log_level::error);
  const auto may_end = context.make_event();
  auto crashing = submit_call(user, close_the_lane_and_abort, may_end);
  {
    // It lives on although it was killed.
    const testing::signal_refusal swallowed(0);
    EXPECT_TRUE(log.wait_for(1));
    EXPECT_EQ(log.count("closed its lane"), 1);
    may_end.set();
    ASSERT_TRUE(wait(crashing));
  }
  const auto what = crashing.failure().what;
  if (!OFFSTAGE_SANITIZED) expect_says(what, "was killed by signal 6 (Aborted)");
  expect_says(what, "closed its lane");
}

// A filter of system calls, or other rights than its own, keep the parent from signalling it.
TEST_F(CrashTest, EndsTasksWhoseWorkerMustNotBeKilled) {
  const testing::log_capture log;
  const auto begun = context.make_event();
  auto stuck = submit_call(user, wait_for_ever, begun);
  ASSERT_TRUE(begun.wait_for(guard));
  {
    const testing::signal_refusal none(EPERM);
    EXPECT_TRUE(stuck.terminate());
    ASSERT_TRUE(wait(stuck));
    EXPECT_GE(none.refused(), 1);
  }
  EXPECT_EQ(stuck.state(), future_state::cancelled);
  EXPECT_TRUE(log.wait_for_text("cannot be sent signal 9: Operation not permitted"));
  auto next = submit_call(user, identity, 1);
  ASSERT_TRUE(wait(next));
  EXPECT_EQ(next.result(), 1);
}

// It is told of by its process id; nobody waits for it.
TEST_F(CrashTest, EndsContextsWithWorkersThatMustNotBeKilled) {
  const testing::log_capture log;
  testing::process_context other;
  const auto begun = other.make_event();
  std::optional<executor> last(std::in_place, loop,
                               executor_options{.context = &other, .worker_count = 1});
  auto stuck = submit_call(*last, wait_for_ever, begun);
  ASSERT_TRUE(begun.wait_for(guard));
  const testing::signal_refusal none(EPERM);
  last.reset();
  EXPECT_TRUE(is_done(stuck.state()));
  EXPECT_TRUE(log.wait_for_text("cannot be sent signal"));
}

}  // namespace
}  // namespace offstage
