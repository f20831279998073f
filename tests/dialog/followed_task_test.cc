// Tasks of all kinds, as a dialog reads them.

#include "actors/dialog/followed_task.h"

#include <gtest/gtest.h>

#include <utility>

#include "actors/offstage.h"

namespace offstage {
namespace {

class FollowedTaskTest : public ::testing::Test {
 protected:
  // Runs it, and returns how often something was said to differ.
  int follow(const followed_task& task) {
    int changes = 0;
    const auto told = task.observe([&] { ++changes; });
    EXPECT_TRUE(loop.run_until([&] { return task.core()->done(); }, std::chrono::minutes(1)));
    return changes;
  }

  manual_loop loop;
  executor workers{loop, {.worker_count = 1}};
};

TEST_F(FollowedTaskTest, ReadsATaskInStepsWhoseHandleIsGone) {
  const followed_task task = submit_steps(workers, 3, "begin", [](steps_reporter& steps) {
    steps.step("one");
    steps.step("two", 2);
    steps.stop("end");
    return std::string("a result");
  });
  EXPECT_EQ(task.read().message, "begin");
  EXPECT_EQ(task.read().total, 3U);
  EXPECT_EQ(follow(task), 5);  // Three messages and two amounts.
  EXPECT_EQ(task.read().message, "end");
  EXPECT_EQ(task.read().complete, 3U);
}

TEST_F(FollowedTaskTest, ReadsATaskWithProgress) {
  const auto future = submit_progress(workers, [](progress<int>& report) {
    for (int i = 1; i <= 10; ++i) report(i);
  });
  const followed_task task{future,
                           [](int report) {
                             return task_reading{"counting", std::uint64_t(report), 10};
                           },
                           {.message = "not yet"}};
  EXPECT_EQ(task.read().message, "not yet");
  EXPECT_EQ(follow(task), 10);
  EXPECT_EQ(task.read().message, "counting");
  EXPECT_EQ(task.read().complete, 10U);
}

TEST_F(FollowedTaskTest, ReadsATaskThatSaysNothing) {
  const followed_task task{submit_call(workers, [] { return 1; }), "Thinking"};
  EXPECT_EQ(task.read().message, "Thinking");
  EXPECT_EQ(task.read().total, 0U);
  EXPECT_EQ(follow(task), 0);
}

}  // namespace
}  // namespace offstage
