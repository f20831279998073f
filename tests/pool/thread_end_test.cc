// How the threads of a pool end: closed, left by their tasks, with the process, and in copies of
// it.

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/offstage.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

// Waits, when its thread ends, until it is let go.
struct keeps_its_thread {
  std::optional<event> ending;
  std::optional<event> until;
  ~keeps_its_thread() {
    if (!until) return;
    ending->set();
    until->wait_for(guard);
  }
};

thread_local keeps_its_thread of_this_thread;

TEST(ThreadEndTest, IsNotWaitedForByWhoeverClosesThePool) {
  manual_loop loop;
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 1});
  const auto ending = context.make_event();
  const auto until = context.make_event();
  {
    executor user{loop, {.context = &context, .pool = pool}};
    auto future = submit_call(user, [ending, until] {
      of_this_thread.ending = ending;
      of_this_thread.until = until;
    });
    ASSERT_TRUE(loop.run_until(future, guard));
  }
  pool->close();
  pool = nullptr;
  ASSERT_TRUE(ending.wait_for(guard));  // The thread has been told, and is not gone.
  until.set();
}

struct says_so {
  ~says_so() { std::fputs("thread_local destroyed\n", stderr); }
};

[[noreturn]] void exit_after_a_task() {
  manual_loop loop;
  {
    executor user{loop, executor_options{.worker_count = 4}};
    auto future = submit_call(user, [] {
      thread_local const says_so object;
      return static_cast<const void*>(&object);
    });
    loop.run_until(future, guard);
  }
  std::exit(0);
}

TEST(ThreadEndTest, IsWaitedForByTheExitOfTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_after_a_task(), ::testing::ExitedWithCode(0), "thread_local destroyed");
}

// Made before the first thread, so it goes after the process has waited for threads.
struct leaves_in_time {
  std::chrono::steady_clock::time_point begin;
  ~leaves_in_time() {
    if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(1)) _exit(1);
  }
};

[[noreturn]] void exit_in_a_task_that_begins_late() {
  static leaves_in_time exiting;
  auto* const loop = new manual_loop;
  auto* const context = new multithreading_context;
  auto pool = context->make_pool({.worker_count = 1});
  auto* const user = new executor(*loop, executor_options{.context = context, .pool = pool});
  const auto begun = context->make_event();
  submit_call(*user, [begun] {
    begun.set();
    for (;;) pause();
  });
  pool->close();  // Before the thread is in the task, as a rule.
  begun.wait();
  exiting.begin = std::chrono::steady_clock::now();
  std::exit(0);
}

TEST(ThreadEndTest, IsNotWaitedForWhereATaskBeganAfterItsPoolWasClosed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_in_a_task_that_begins_late(), ::testing::ExitedWithCode(0), "");
}

[[noreturn]] void exit_in_a_task() {
  manual_loop loop;
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 2});
  auto* const user = new executor(loop, executor_options{.context = &context, .pool = pool});
  const auto begun = context.make_event();
  submit_call(*user, [begun] {
    begun.set();
    for (;;) pause();
  });
  begun.wait();
  pool->close();
  std::exit(0);
}

TEST(ThreadEndTest, IsNoReasonToWaitForTasksThatAreStuckAtTheExitOfTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_in_a_task(), ::testing::ExitedWithCode(0), "");
}

// UndefinedBehaviorSanitizer takes offence at the reference that a handler of a forced unwinding
// gets: the C++ ABI makes it from a null pointer.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool may_unwind = false;
#else
constexpr bool may_unwind = true;
#endif

const std::string ended = "the task ended its thread (pthread_exit or pthread_cancel)";

class LeavingTaskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!may_unwind) GTEST_SKIP() << "no forced unwinding under this sanitizer";
  }

  void expect_failed(const call_future<void>& future, const std::string& text) {
    ASSERT_TRUE(loop.run_until(future, guard));
    ASSERT_EQ(future.state(), future_state::failed);
    EXPECT_EQ(future.failure().kind, failure_kind::infrastructure);
    EXPECT_EQ(future.failure().what, text);
  }

  void expect_well() {
    auto next = submit_call(user, [] { return 5; });
    ASSERT_TRUE(loop.run_until(next, guard));
    EXPECT_EQ(next.result(), 5);
  }

  // Cancels the thread of a task that has returned; the next one meets that.
  template <class First>
  void expect_cancelled_by_the_next_one(First first) {
    auto thread = submit_call(user, first);
    ASSERT_TRUE(loop.run_until(thread, guard));
    ASSERT_EQ(pthread_cancel(thread.result()), 0);
    expect_failed(submit_call(user,
                              [] {
                                for (;;) pthread_testcancel();
                              }),
                  ended);
    expect_well();
  }

  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
};

TEST_F(LeavingTaskTest, FailsWhereItExitsItsThreadAndTheNextOnesRun) {
  const testing::log_capture log;
  std::atomic<int> alive{1};
  auto future = submit_call(user, [held = std::shared_ptr<int>(new int, [&](int* each) {
                                     --alive;
                                     delete each;
                                   })] { pthread_exit(nullptr); });
  auto waiting = submit_call(user, [] { return 3; });
  int destroyed_before = -1;
  future.on_done([&](const auto&) { destroyed_before = alive; });
  expect_failed(future, ended);
  EXPECT_EQ(destroyed_before, 0);
  ASSERT_TRUE(loop.run_until(waiting, guard));
  EXPECT_EQ(waiting.result(), 3);
  expect_well();
}

TEST_F(LeavingTaskTest, FailsWhereItsThreadIsCancelled) {
  auto future = submit_call(user, [] {
    pthread_cancel(pthread_self());
    for (;;) pthread_testcancel();
  });
  expect_failed(future, ended);
  expect_well();
}

TEST_F(LeavingTaskTest, IsNotCancelledInTheMiddleOfALogLineOrAWakeUp) {
  auto future = submit_call(user, [this] {
    pthread_cancel(pthread_self());
    write_log(log_level::error, "a line of a thread that was cancelled");
    loop.call_soon([] {});
    loop.wake();
    pthread_testcancel();
  });
  expect_failed(future, ended);
  expect_well();
}

TEST_F(LeavingTaskTest, FailsThoughTheTaskBeforeLeftItsThreadToBeCancelledAtAnyPoint) {
  expect_cancelled_by_the_next_one([] {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
    return pthread_self();
  });
}

TEST_F(LeavingTaskTest, IsLeftAloneByACancelOfItsThreadWhileItIsIdle) {
  expect_cancelled_by_the_next_one([] { return pthread_self(); });
}

TEST_F(LeavingTaskTest, FailsWithAnExceptionOfAnotherLanguage) {
  auto future = submit_call(user, [] {
    static _Unwind_Exception foreign;
    foreign.exception_class = 0x4f54484552000000;
    foreign.exception_cleanup = [](_Unwind_Reason_Code, _Unwind_Exception*) {};
    _Unwind_RaiseException(&foreign);
  });
  expect_failed(future, "an exception that is not a C++ one");
  expect_well();
}

generator<int> exits_after_one() {
  co_yield 1;
  pthread_exit(nullptr);
}

TEST_F(LeavingTaskTest, FailsWhereItsGeneratorExitsItsThread) {
  auto future = submit_iteration(user, exits_after_one);
  int items = 0;
  future.on_item([&](int) { ++items; });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(items, 1);
  ASSERT_EQ(future.state(), future_state::failed);
  EXPECT_EQ(future.failure().kind, failure_kind::infrastructure);
  EXPECT_EQ(future.failure().what, ended);
  expect_well();
}

TEST(LeavingInitializerTest, BreaksItsPool) {
  if (!may_unwind) GTEST_SKIP() << "no forced unwinding under this sanitizer";
  const testing::log_capture log(log_level::error);
  manual_loop loop;
  executor user{loop,
                {.worker_count = 2, .initializer = initialize_with([] { pthread_exit(nullptr); })}};
  for (int i = 0; i < 3; ++i) {
    auto future = submit_call(user, [] {});
    ASSERT_TRUE(loop.run_until(future, guard));
    ASSERT_EQ(future.state(), future_state::failed);
    EXPECT_EQ(future.failure().what,
              "no worker thread can be had: the initializer ended its thread (pthread_exit or "
              "pthread_cancel)");
  }
}

// What `body` says in a copy of this process, which has a minute.
template <class Body>
bool in_a_copy(Body&& body) {
  const pid_t copy = fork();
  if (copy == 0) {
    alarm(60);
    _exit(body() ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(copy, &status, 0), copy);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(CopiedProcessTest, HasNoUseForAPoolWithThreads) {
  manual_loop loop;
  multithreading_context context;
  auto pool = context.make_pool({.worker_count = 2});
  executor user{loop, {.context = &context, .pool = pool}};
  auto future = submit_call(user, [] { return 5; });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_TRUE(in_a_copy([&] {
    bool refused = false;
    auto task = prepare_call([] {});
    try {
      pool->submit(task.record);
    } catch (const wrong_process&) {
      refused = true;
    }
    pool->cancel(task.record);
    pool->close();
    pool = nullptr;
    return refused;
  }));
  auto next = submit_call(user, [] { return 6; });
  ASSERT_TRUE(loop.run_until(next, guard));
  EXPECT_EQ(next.result(), 6);
}

TEST(CopiedProcessTest, EndsWhereATaskReturnsInIt) {
  manual_loop loop;
  multithreading_context context;
  executor user{loop, {.context = &context, .worker_count = 1}};
  auto* const runs =
      static_cast<std::atomic<int>*>(mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(runs, MAP_FAILED);
  const auto until = context.make_event();
  auto forks = submit_call(user, [until] {
    until.wait();
    return fork();
  });
  auto waiting = submit_call(user, [runs] { ++*runs; });
  until.set();
  ASSERT_TRUE(loop.run_until(waiting, guard));
  int status = -1;
  ASSERT_EQ(waitpid(forks.result(), &status, 0), forks.result());
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
  EXPECT_EQ(*runs, 1);
}

// The exit status of the copy that `number` names, once it is there.
int status_of(const std::atomic<pid_t>& number) {
  while (number == 0) std::this_thread::yield();
  int status = -1;
  EXPECT_EQ(waitpid(number, &status, 0), number);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(CopiedProcessTest, EndsWhereAnInitializerReturnsInIt) {
  std::atomic<pid_t> copy{0};
  manual_loop loop;
  executor user{loop, {.worker_count = 1, .initializer = initialize_with([&copy] {
                                            if (const auto number = fork(); number != 0)
                                              copy = number;
                                          })}};
  auto future = submit_call(user, [] { return 5; });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.result(), 5);
  EXPECT_EQ(status_of(copy), EXIT_FAILURE);
}

TEST(CopiedProcessTest, EndsWhereAnInitializerThrowsInIt) {
  const testing::log_capture log(log_level::error);
  std::atomic<pid_t> copy{0};
  manual_loop loop;
  executor user{loop, {.worker_count = 1, .initializer = initialize_with([&copy] {
                                            if (const auto number = fork(); number != 0)
                                              copy = number;
                                            throw std::runtime_error("in both");
                                          })}};
  auto future = submit_call(user, [] { return 5; });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.state(), future_state::failed);
  EXPECT_EQ(status_of(copy), EXIT_FAILURE);
}

TEST(CopiedProcessTest, EndsWhereAStopCallbackReturnsInIt) {
  std::atomic<pid_t> copy{0};
  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
  const auto begun = user.context().make_event();
  auto future = submit_call(user, [begun, &copy](std::stop_token token) {
    const std::stop_callback forks(token, [&copy] {
      if (const auto number = fork(); number != 0) copy = number;
    });
    begun.set();
    while (copy == 0) std::this_thread::yield();
  });
  ASSERT_TRUE(begun.wait_for(guard));
  future.cancel();
  EXPECT_EQ(status_of(copy), EXIT_FAILURE);
  ASSERT_TRUE(loop.run_until(future, guard));
}

// Counts its destructions in all copies of the process, and may make one.
struct forking_value {
  std::atomic<int>* destroyed;
  std::atomic<pid_t>* copy;

  forking_value(std::atomic<int>* all, std::atomic<pid_t>* made) : destroyed(all), copy(made) {}
  forking_value(forking_value&& other) noexcept
      : destroyed(std::exchange(other.destroyed, nullptr)), copy(other.copy) {}
  forking_value& operator=(forking_value&&) = delete;
  ~forking_value() {
    if (destroyed == nullptr) return;
    ++*destroyed;
    if (copy == nullptr) return;
    if (const auto number = fork(); number != 0) *copy = number;
  }
};

TEST(CopiedProcessTest, EndsWhereADestructorReturnsInIt) {
  auto* const destroyed =
      static_cast<std::atomic<int>*>(mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(destroyed, MAP_FAILED);
  std::atomic<pid_t> copy{0};
  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
  const auto begun = user.context().make_event();
  const auto until = user.context().make_event();
  auto busy = submit_call(user, [begun, until] {
    begun.set();
    until.wait();
  });
  ASSERT_TRUE(begun.wait_for(guard));
  std::vector<call_future<void>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(submit_call(
        user, [](const forking_value&) {}, forking_value(destroyed, i == 0 ? &copy : nullptr)));
  }
  for (auto& each : waiting) each.cancel();
  for (auto& each : waiting) ASSERT_TRUE(loop.run_until(each, guard));
  EXPECT_EQ(status_of(copy), EXIT_FAILURE);
  EXPECT_EQ(*destroyed, 4);
  until.set();
  ASSERT_TRUE(loop.run_until(busy, guard));
}

TEST(CopiedProcessTest, MayUseAPoolThatHadNoThreads) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the copy leaves at once, and its thread with it: a leak, says ThreadSanitizer";
#endif
  manual_loop loop;
  multithreading_context context;
  executor user{loop, context};
  EXPECT_TRUE(in_a_copy([&] {
    auto future = submit_call(user, [] { return 5; });
    return loop.run_until(future, guard) && future.result() == 5;
  }));
  auto future = submit_call(user, [] { return 6; });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.result(), 6);
}

}  // namespace
}  // namespace offstage
