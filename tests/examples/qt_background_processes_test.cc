// qt_background_processes, used as a person would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/examples/square_program.h"

namespace offstage::display {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class background_processes : public square_program {
 public:
  explicit background_processes(words arguments)
      : square_program("examples/qt_background_processes/qt_background_processes",
                       "Background processes", 2, std::move(arguments)) {}
};

class QtBackgroundProcessesTest : public ::testing::TestWithParam<std::string> {
 protected:
  static words context() { return {"--context", GetParam()}; }
  static bool in_processes() { return GetParam() == "processes"; }
};

INSTANTIATE_TEST_SUITE_P(Contexts, QtBackgroundProcessesTest,
                         ::testing::Values("threads", "processes"),
                         [](const auto& context) { return context.param; });

TEST_P(QtBackgroundProcessesTest, AnInputBecomesARowAndAResult) {
  background_processes squares(context() + short_jobs);
  EXPECT_EQ(squares.table.row_count(), 0);
  EXPECT_FALSE(squares.find("push button", "Cancel all").is_enabled());
  EXPECT_FALSE(squares.find("push button", "Clear finished").is_enabled());

  // The input has the keyboard, and what is typed replaces what was there.
  await("the keyboard", [&] { return squares.find("spin button").is_focused(); });
  type("12\n");
  squares.await_state(0, "Completed: result=144");
  EXPECT_THAT(squares.table.row(0), ElementsAre("1", "12", "Completed: result=144"));
  EXPECT_TRUE(squares.has_colour(0, completed));
  type("9");
  click(squares.find("push button", "Square"));
  squares.await_state(1, "Completed: result=81");
  EXPECT_TRUE(squares.says("0 failed, 2 completed"));
  squares.shown.shown().save("completed-in-" + GetParam());

  const auto clear = squares.find("push button", "Clear finished");
  await("finished jobs", [&] { return clear.is_enabled(); });
  key("alt+f");
  EXPECT_TRUE(eventually([&] { return squares.table.row_count() == 0; }));
  EXPECT_TRUE(eventually([&] { return !clear.is_enabled(); }));
}

TEST_P(QtBackgroundProcessesTest, AFailureIsSaidInItsRow) {
  background_processes squares(context() + failing_jobs + words{"7"});
  squares.await_state(0, "Failed: Calculation took too long.");
  EXPECT_TRUE(squares.has_colour(0, failed));
  EXPECT_TRUE(squares.says("1 failed"));
}

TEST_P(QtBackgroundProcessesTest, CancelAllIsSeenAtOnce) {
  // Whoever is stubborn is cancelling until its time is over: nobody waits for that here.
  background_processes squares(context() + endless_jobs +
                               words{"--stubborn", "--workers", "2", "5", "6", "7"});
  squares.await_state(0, "Executing");
  squares.await_state(1, "Executing");
  EXPECT_EQ(squares.state(2), "Waiting");
  EXPECT_TRUE(squares.has_colour(0, executing));
  EXPECT_TRUE(squares.has_colour(2, waiting));
  squares.shown.activate();
  key("alt+c");
  squares.await_state(0, "Cancelling");
  squares.await_state(1, "Cancelling");
  squares.await_state(2, "Cancelled");
  EXPECT_TRUE(squares.has_colour(0, cancelling));
  EXPECT_TRUE(squares.has_colour(1, cancelling));
  EXPECT_TRUE(squares.has_colour(2, cancelled));
  EXPECT_TRUE(squares.says("2 cancelling, 1 cancelled"));
  squares.shown.shown().save("cancelling-in-" + GetParam());

  // Those that will not end do not keep the program from ending.
  squares.shown.close();
  EXPECT_EQ(squares.wait_for_exit(), 0);
  EXPECT_THAT(squares.descendants(), IsEmpty());
}

TEST_P(QtBackgroundProcessesTest, AnswersWhileEightWorkersCompute) {
  background_processes squares(context() + endless_jobs +
                               words{"--busy", "--workers", "8", "--jobs", "8"});
  for (int row = 0; row < 8; ++row) squares.await_state(row, "Executing");
  squares.shown.activate();
  const auto input = squares.find("spin button");
  key("alt+i");
  type("42");
  EXPECT_TRUE(eventually([&] { return input.text() == "42"; })) << input.text();
  click(squares.find("push button", "Square"));
  squares.await_state(8, "Waiting");
  EXPECT_EQ(squares.table.row(8).at(1), "42");
  squares.shown.shown().save("busy-in-" + GetParam());
  EXPECT_EQ(squares.states(), words(8, "Executing") + words{"Waiting"});
  click(squares.find("push button", "Cancel all"));
  for (int row = 0; row < 9; ++row) squares.await_state(row, "Cancelled");
  EXPECT_TRUE(squares.has_colour(0, cancelled));
}

TEST_P(QtBackgroundProcessesTest, ClosingItInTheMiddleOfWorkEndsEverything) {
  background_processes squares(context() + endless_jobs +
                               words{"--busy", "--workers", "3", "--jobs", "100"});
  for (int row = 0; row < 3; ++row) squares.await_state(row, "Executing");
  if (in_processes()) {
    EXPECT_THAT(squares.workers(), SizeIs(3));
  } else {
    EXPECT_THAT(squares.descendants(), IsEmpty());
  }
  squares.shown.click_close_button();
  squares.shown.wait_until_closed();
  EXPECT_EQ(squares.wait_for_exit(), 0);
  EXPECT_THAT(squares.descendants(), IsEmpty()) << to_string(squares.descendants());
  EXPECT_EQ(squares.standard_error(), "");
}

TEST_P(QtBackgroundProcessesTest, SelectedRowsAreCancelledWithDelete) {
  background_processes squares(context() + endless_jobs + words{"--workers", "1", "--jobs", "5"});
  squares.await_state(0, "Executing");
  squares.shown.activate();
  click(squares.table.cell(1, 2));
  // The window manager is told about the click first, and not about keys.
  await("the keyboard", [&] { return squares.table.cell(1, 2).is("selected"); });
  key("shift+Down");
  key("Delete");
  squares.await_state(1, "Cancelled");
  squares.await_state(2, "Cancelled");
  EXPECT_THAT(squares.states(),
              ElementsAre("Executing", "Cancelled", "Cancelled", "Waiting", "Waiting"));
  EXPECT_TRUE(squares.has_colour(3, waiting));
  key("alt+f");
  EXPECT_TRUE(eventually([&] { return squares.table.row_count() == 3; }));
  EXPECT_THAT(squares.states(), ElementsAre("Executing", "Waiting", "Waiting"));
}

TEST_P(QtBackgroundProcessesTest, TenThousandJobsAreNothingSpecial) {
  background_processes squares(context() + short_jobs + words{"--workers", "2", "--jobs", "10000"});
  EXPECT_TRUE(squares.says("0 failed, 10000 completed"));
  EXPECT_EQ(squares.table.row_count(), 10000);
  squares.shown.activate();
  type("12\n");
  squares.await_state(10000, "Completed: result=144");
  // The new row is in sight.
  EXPECT_TRUE(squares.has_colour(10000, completed));
  key("alt+f");
  EXPECT_TRUE(eventually([&] { return squares.table.row_count() == 0; }));
}

TEST(QtBackgroundProcessesWorkersTest, AKilledWorkerCostsItsRowAndNothingElse) {
  background_processes squares(endless_jobs +
                               words{"--context", "processes", "--workers", "2", "--jobs", "4"});
  squares.await_state(0, "Executing");
  squares.await_state(1, "Executing");
  const auto workers = squares.workers();
  ASSERT_THAT(workers, SizeIs(2));
  ASSERT_EQ(kill(workers[0].pid, SIGKILL), 0);
  await("the next job", [&] { return squares.state(2) == "Executing"; });
  const int lost = squares.state(0) == "Executing" ? 1 : 0;
  EXPECT_THAT(squares.state(lost),
              AllOf(StartsWith("Failed: "), HasSubstr("was killed by signal 9")));
  EXPECT_TRUE(squares.has_colour(lost, failed));
  EXPECT_EQ(squares.state(1 - lost), "Executing");
  EXPECT_EQ(squares.state(3), "Waiting");
  EXPECT_TRUE(squares.says("1 waiting, 2 executing, 0 cancelling, 0 cancelled, 1 failed"));
  squares.shown.shown().save("killed");
  EXPECT_THAT(squares.workers(), SizeIs(2));
}

TEST(QtBackgroundProcessesOptionsTest, WhatItDoesNotUnderstandIsSaid) {
  const std::string path = "examples/qt_background_processes/qt_background_processes";
  const std::vector<std::pair<words, std::string>> wrong{
      {{"--workers", "0"}, "--workers takes a whole number from 1 to 4096, not '0'"},
      {{"--context", "clouds"}, "--context takes threads or processes, not 'clouds'"},
      {{"--failing", "nan"}, "--failing takes a share from 0 to 1, not 'nan'"},
      {{"--time-limit"}, "--time-limit needs a value"},
      {{"--colour"}, "unknown option: --colour"},
      {{"101"}, "a NUMBER is a whole one from 0 to 100, not '101'"},
  };
  for (const auto& [arguments, said] : wrong) {
    program started(path, arguments);
    EXPECT_EQ(started.wait_for_exit(), 2);
    EXPECT_THAT(started.standard_error(), StartsWith("qt_background_processes: " + said + "\n"));
  }
  program asked(path, {"--help"}, {"DISPLAY="});
  EXPECT_EQ(asked.wait_for_exit(), 0);
  EXPECT_THAT(asked.standard_output(), HasSubstr("--context threads|processes"));
}

}  // namespace
}  // namespace offstage::display
