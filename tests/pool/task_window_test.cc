// How many tasks a worker process holds, by what they took.

#include "actors/pool/task_window.h"

#include <gtest/gtest.h>

namespace offstage {
namespace {

using namespace std::chrono_literals;

task_window after(std::size_t tasks, task_window::duration together, int times = 1) {
  task_window out;
  for (int i = 0; i < times; ++i) out.took(tasks, together);
  return out;
}

TEST(TaskWindowTest, BeginsWithOneTask) { EXPECT_EQ(task_window().size(), 1U); }

TEST(TaskWindowTest, HoldsOneTaskThatTakesLong) {
  for (const task_window::duration each : {task_window::duration(500us), task_window::duration(1ms),
                                           task_window::duration(1s), task_window::duration(24h)}) {
    EXPECT_EQ(after(1, each).size(), 1U) << each.count();
    EXPECT_EQ(after(100, 100 * each, 100).size(), 1U) << each.count();
  }
}

TEST(TaskWindowTest, HoldsTheMostOfTasksThatTakeMicroseconds) {
  for (const task_window::duration each : {0ns, 1ns, 999ns, 1000ns, 3000ns}) {
    EXPECT_EQ(after(64, 64 * each, 60).size(), task_window::size_max) << each.count();
  }
}

TEST(TaskWindowTest, HoldsTheWorkThatIsWantedInBetween) {
  for (auto each = 5000ns; each <= 1000000ns; each += 777ns) {
    const auto held = after(10, 10 * each, 100).size();
    const auto wanted = task_window::work_wanted / each;
    ASSERT_GE(held + 1, static_cast<std::size_t>(wanted)) << each.count();
    ASSERT_LE(held, static_cast<std::size_t>(wanted) + 1) << each.count();
  }
}

TEST(TaskWindowTest, StaysInItsLimitsWhateverTheTasksTake) {
  task_window window;
  std::uint64_t random = 1;
  for (int i = 0; i < 100000; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    window.took(random % 200, task_window::duration((random >> 20) % 2000000000));
    ASSERT_GE(window.size(), 1U);
    ASSERT_LE(window.size(), task_window::size_max);
  }
}

TEST(TaskWindowTest, FollowsTasksThatBecomeLongAtOnce) {
  auto window = after(64, 64us, 60);
  ASSERT_EQ(window.size(), task_window::size_max);
  window.took(1, 10ms);
  EXPECT_EQ(window.size(), 1U);
}

TEST(TaskWindowTest, FollowsTasksThatBecomeShortStepByStep) {
  auto window = after(1, 100ms);
  std::size_t steps = 0;
  for (std::size_t before = 1; window.size() < task_window::size_max; before = window.size()) {
    ASSERT_GE(window.size(), before);
    window.took(1, 1us);
    ASSERT_LT(++steps, 40U);
  }
  EXPECT_GT(steps, 2U);
}

TEST(TaskWindowTest, LearnsNothingFromNoTasks) {
  auto window = after(64, 64us, 60);
  window.took(0, 24h);
  EXPECT_EQ(window.size(), task_window::size_max);
}

}  // namespace
}  // namespace offstage
