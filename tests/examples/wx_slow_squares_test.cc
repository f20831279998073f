// wx_slow_squares, used as a person would.

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

constexpr const char* path = "examples/wx_slow_squares/wx_slow_squares";

class slow_squares : public square_program {
 public:
  explicit slow_squares(words arguments)
      : square_program(path, "Slow squares", 1, std::move(arguments)) {}

  void must_end_cleanly() {
    EXPECT_EQ(wait_for_exit(), 0);
    EXPECT_THAT(descendants(), IsEmpty()) << to_string(descendants());
  }
};

class WxSlowSquaresTest : public ::testing::TestWithParam<std::string> {
 protected:
  static words context() { return {"--context", GetParam()}; }
};

INSTANTIATE_TEST_SUITE_P(Contexts, WxSlowSquaresTest, ::testing::Values("threads", "processes"),
                         [](const auto& context) { return context.param; });

TEST_P(WxSlowSquaresTest, AnInputBecomesARowAndAResult) {
  slow_squares squares(context() + short_jobs);
  EXPECT_EQ(squares.table.row_count(), 0);
  EXPECT_FALSE(squares.find("push button", "Cancel").is_enabled());
  // The input has the keyboard.
  const auto input = squares.find("text");
  await("the keyboard", [&] { return input.is_focused(); });
  type("12\n");
  squares.await_state(0, "Completed: 144");
  EXPECT_EQ(squares.table.row(0).at(0), "12");
  EXPECT_TRUE(squares.has_colour(0, completed));
  EXPECT_TRUE(eventually([&] { return input.text().empty(); }));
  type("9");
  click(squares.find("push button", "Square"));
  squares.await_state(1, "Completed: 81");
  type("11");
  key("alt+s");
  squares.await_state(2, "Completed: 121");
  EXPECT_TRUE(
      squares.says("0 waiting, 0 executing, 0 cancelling, 0 cancelled, 0 failed, 3 completed"));
  EXPECT_FALSE(squares.find("push button", "Cancel").is_enabled());
  squares.shown.shown().save("completed-in-" + GetParam());
  squares.shown.close();
  squares.must_end_cleanly();
}

TEST_P(WxSlowSquaresTest, WhatIsNoNumberIsRefused) {
  slow_squares squares(context() + short_jobs);
  const auto input = squares.find("text");
  await("the keyboard", [&] { return input.is_focused(); });
  type("1x\n");
  EXPECT_TRUE(squares.says("Expected a number from 0 to 1000000."));
  EXPECT_EQ(squares.table.row_count(), 0);
  // What is typed now replaces it.
  type("5\n");
  squares.await_state(0, "Completed: 25");
}

TEST_P(WxSlowSquaresTest, AFailureIsSaidInItsRow) {
  slow_squares squares(context() + failing_jobs + words{"7"});
  squares.await_state(0, "Failed: Calculation took too long.");
  EXPECT_TRUE(squares.has_colour(0, failed));
  EXPECT_TRUE(
      squares.says("0 waiting, 0 executing, 0 cancelling, 0 cancelled, 1 failed, 0 completed"));
}

TEST_P(WxSlowSquaresTest, CancelIsSeenAtOnce) {
  // Whoever is stubborn is cancelling until its time is over: nobody waits for that here.
  slow_squares squares(context() + endless_jobs +
                       words{"--stubborn", "--workers", "2", "5", "6", "7"});
  squares.await_state(0, "Executing");
  squares.await_state(1, "Executing");
  EXPECT_EQ(squares.state(2), "Waiting");
  EXPECT_TRUE(squares.has_colour(0, executing));
  const auto cancel = squares.find("push button", "Cancel");
  EXPECT_TRUE(cancel.is_enabled());
  squares.shown.activate();
  key("alt+c");
  squares.await_state(0, "Cancelling");
  squares.await_state(1, "Cancelling");
  squares.await_state(2, "Cancelled");
  EXPECT_TRUE(squares.has_colour(0, cancelling));
  EXPECT_TRUE(squares.has_colour(2, cancelled));
  EXPECT_TRUE(
      squares.says("0 waiting, 0 executing, 2 cancelling, 1 cancelled, 0 failed, 0 completed"));
  EXPECT_TRUE(eventually([&] { return !cancel.is_enabled(); }));

  // Those that will not end do not keep the program from ending.
  squares.shown.close();
  squares.must_end_cleanly();
}

TEST_P(WxSlowSquaresTest, SelectedRowsAreCancelled) {
  slow_squares squares(context() + endless_jobs + words{"--workers", "1", "1", "2", "3", "4", "5"});
  squares.await_state(0, "Executing");
  squares.shown.activate();
  click(squares.table.cell(1, 1));
  await("the selection", [&] { return squares.table.cell(1, 1).is("selected"); });
  key("shift+Down");
  await("the selection", [&] { return squares.table.cell(2, 1).is("selected"); });
  key("Delete");
  squares.await_state(1, "Cancelled");
  squares.await_state(2, "Cancelled");
  EXPECT_THAT(squares.states(),
              ElementsAre("Executing", "Cancelled", "Cancelled", "Waiting", "Waiting"));
  click(squares.table.cell(3, 1));
  await("the selection", [&] { return squares.table.cell(3, 1).is("selected"); });
  const auto cancel = squares.find("push button", "Cancel");
  await("the button", [&] { return cancel.is_enabled(); });
  click(cancel);
  squares.await_state(3, "Cancelled");
  EXPECT_THAT(squares.states(),
              ElementsAre("Executing", "Cancelled", "Cancelled", "Cancelled", "Waiting"));
}

TEST_P(WxSlowSquaresTest, AnswersWhileEightWorkersCompute) {
  slow_squares squares(context() + endless_jobs + words{"--busy", "--workers", "8"} +
                       words(8, "3"));
  for (int row = 0; row < 8; ++row) squares.await_state(row, "Executing");
  squares.shown.activate();
  const auto input = squares.find("text");
  await("the keyboard", [&] { return input.is_focused(); });
  type("42");
  EXPECT_TRUE(eventually([&] { return input.text() == "42"; })) << input.text();
  click(squares.find("push button", "Square"));
  squares.await_state(8, "Waiting");
  EXPECT_EQ(squares.table.row(8).at(0), "42");
  squares.shown.shown().save("busy-in-" + GetParam());
  EXPECT_EQ(squares.states(), words(8, "Executing") + words{"Waiting"});
  click(squares.find("push button", "Cancel"));
  for (int row = 0; row < 9; ++row) squares.await_state(row, "Cancelled");
}

TEST_P(WxSlowSquaresTest, ClosingItInTheMiddleOfWorkEndsEverything) {
  slow_squares squares(context() + endless_jobs + words{"--busy", "--workers", "3"} +
                       words(100, "3"));
  for (int row = 0; row < 3; ++row) squares.await_state(row, "Executing");
  EXPECT_THAT(squares.workers(), SizeIs(GetParam() == "processes" ? 3 : 0));
  squares.shown.click_close_button();
  squares.shown.wait_until_closed();
  squares.must_end_cleanly();
}

TEST(WxSlowSquaresWorkersTest, AKilledWorkerCostsItsRowAndNothingElse) {
  slow_squares squares(endless_jobs +
                       words{"--context", "processes", "--workers", "2", "1", "2", "3", "4"});
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
  EXPECT_TRUE(
      squares.says("1 waiting, 2 executing, 0 cancelling, 0 cancelled, 1 failed, 0 completed"));
  squares.shown.shown().save("killed");
  squares.shown.close();
  squares.must_end_cleanly();
}

TEST(WxSlowSquaresOptionsTest, WhatItDoesNotUnderstandIsSaid) {
  const std::vector<std::pair<words, std::string>> wrong{
      {{"--workers", "0"}, "--workers: expected a number from 1 to 256, found '0'"},
      {{"--context", "clouds"}, "--context: expected threads or processes, found 'clouds'"},
      {{"--failing", "nan"}, "--failing: expected a share from 0 to 1, found 'nan'"},
      {{"--time-limit"}, "--time-limit: expected seconds from 0 to 3600, found ''"},
      {{"--colour"}, "expected an option or a number, found '--colour'"},
      {{"1000001"}, "expected an option or a number, found '1000001'"},
  };
  for (const auto& [arguments, said] : wrong) {
    program started(path, arguments);
    EXPECT_EQ(started.wait_for_exit(), 2);
    EXPECT_THAT(started.standard_error(), StartsWith("wx_slow_squares: " + said));
  }
  program asked(path, {"--help"}, {"DISPLAY="});
  EXPECT_EQ(asked.wait_for_exit(), 0);
  EXPECT_THAT(asked.standard_output(), HasSubstr("--context threads|processes"));
}

}  // namespace
}  // namespace offstage::display
