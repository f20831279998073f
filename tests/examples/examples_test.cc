// The small examples, run.

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/examples/program.h"

namespace offstage::testing {
namespace {

void expect_prints(program& started, const std::string& expected) {
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.out(), expected);
  EXPECT_EQ(started.err(), "");
  EXPECT_EQ(started.exit_code(), 0);
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(ExamplesTest, QuickStartPrintsTheSquare) {
  program started({example("quick_start")});
  expect_prints(started, "144\n");
}

TEST(ExamplesTest, CancelShowsTheStatesOfBothTasks) {
  program started({example("cancel")});
  expect_prints(started,
                "pi: executing\n"
                "square: cancelling\n"
                "square: cancelled\n"
                "pi: cancelling\n"
                "pi: cancelled\n");
}

TEST(ExamplesTest, HeadlessTellsResultsAndFailures) {
  program started({example("headless")});
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(
      sorted_lines(started.out()),
      (std::vector<std::string>{"19 C = 292.15 K", "20.25 C = 293.4 K", "21.5 C = 294.65 K",
                                "4 readings, 1 failed", "broken: std::invalid_argument: stod"}));
  EXPECT_EQ(started.err(), "");
  EXPECT_EQ(started.exit_code(), 0);
}

TEST(ExamplesTest, HeadlessTakesReadingsFromItsCommandLine) {
  program started({example("headless"), "1"});
  expect_prints(started, "1 C = 274.15 K\n1 readings, 0 failed\n");
}

TEST(ExamplesTest, PrimeCountingCountsAndCancels) {
  program counted({example("prime_counting"), "10000"});
  ASSERT_TRUE(counted.wait());
  EXPECT_EQ(counted.out(), "1229 primes below 10000\n");
  EXPECT_NE(counted.err().find("primes below"), std::string::npos);
  EXPECT_EQ(counted.exit_code(), 0);
  program cancelled({example("prime_counting"), "1000000000", "100"});
  ASSERT_TRUE(cancelled.wait());
  EXPECT_EQ(cancelled.out(), "enough\n");
  EXPECT_EQ(cancelled.exit_code(), 0);
}

TEST(ExamplesTest, PiIterationsGoOnUntilTheyAreCancelled) {
  program started({example("pi_iterations"), "0.003"});
  ASSERT_TRUE(started.wait());
  EXPECT_NE(started.out().find("3.1"), std::string::npos);
  EXPECT_NE(started.out().find("cancelled\n"), std::string::npos);
  EXPECT_EQ(started.exit_code(), 0);
}

TEST(ExamplesTest, StepsShowsEveryStep) {
  program started({example("steps")});
  expect_prints(started,
                "0 of 8: waiting\n"
                "0 of 8: unpacking\n"
                "2 of 8: copying\n"
                "7 of 8: tidying up\n"
                "8 of 8: installed\n");
}

TEST(ExamplesTest, FizzBuzzSendsItsOwnMessages) {
  program started({example("fizz_buzz"), "15"});
  expect_prints(started, "3 fizz\n5 buzz\n6 fizz\n9 fizz\n10 buzz\n12 fizz\n15 fizz buzz\n");
}

std::string background_states(const std::string& job, const std::vector<std::string>& states) {
  std::string out;
  for (const auto& each : states) out.append(job).append("  ").append(each).append("\n");
  return out;
}

class BackgroundProcessesTest : public ::testing::TestWithParam<std::string> {
 protected:
  static std::vector<std::string> background_processes(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{example("background_processes"), "--context", GetParam()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
  }

  // Types "quit" and waits for the end, of the workers, too.
  static void quit(program& started) {
    const auto workers = started.workers();
    EXPECT_EQ(workers.empty(), GetParam() == "threads");
    started.type("quit\n");
    ASSERT_TRUE(started.wait());
    EXPECT_EQ(started.exit_code(), 0);
    for (const auto& each : workers) EXPECT_TRUE(each.wait()) << each.id();
  }
};

INSTANTIATE_TEST_SUITE_P(Contexts, BackgroundProcessesTest,
                         ::testing::Values("threads", "processes"),
                         [](const auto& context) { return context.param; });

TEST_P(BackgroundProcessesTest, ShowsSuccessAndClearsItAway) {
  program started(background_processes({"--time-limit", "0", "--failing", "0", "12"}),
                  {.err = stream::terminal});
  const auto ended =
      background_states("#1  square of 12", {"Waiting", "Executing", "Completed: result=144"});
  ASSERT_TRUE(started.read_until([&] { return started.out() == ended; })) << started.out();
  started.type("show\nclear\nshow\nhelp\n");
  quit(started);
  EXPECT_EQ(started.out(), ended + "#1  square of 12  Completed: result=144\n" +
                               "a number, cancel, clear, show or quit\n");
}

TEST_P(BackgroundProcessesTest, ShowsCalculationsThatTakeTooLong) {
  program started(background_processes({"--time-limit", "0", "--failing", "1", "-5"}),
                  {.err = stream::terminal});
  const auto ended = background_states(
      "#1  square of -5", {"Waiting", "Executing", "Failed: Calculation took too long."});
  ASSERT_TRUE(started.read_until([&] { return started.out() == ended; })) << started.out();
  started.type("\x04");  // The end of what is typed.
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.out(), ended);
  EXPECT_EQ(started.exit_code(), 0);
}

TEST_P(BackgroundProcessesTest, CancelsAllWhetherTheyRunOrWait) {
  program started(
      background_processes({"--time-limit", "3600", "--failing", "0", "--workers", "1", "1", "2"}),
      {.err = stream::terminal});
  ASSERT_TRUE(started.read_until(
      [&] { return started.out().find("#1  square of 1  Executing") != std::string::npos; }));
  started.type("cancel\n");
  ASSERT_TRUE(started.read_until([&] {
    return started.out().find("#1  square of 1  Cancelled") != std::string::npos &&
           started.out().find("#2  square of 2  Cancelled") != std::string::npos;
  }));
  // What still runs when the user goes is cancelled, too.
  started.type("3\n");
  ASSERT_TRUE(started.read_until(
      [&] { return started.out().find("#3  square of 3  Executing") != std::string::npos; }));
  quit(started);
  EXPECT_EQ(
      sorted_lines(started.out()),
      sorted_lines(background_states("#1  square of 1",
                                     {"Waiting", "Executing", "Cancelling", "Cancelled"}) +
                   background_states("#2  square of 2", {"Waiting", "Cancelling", "Cancelled"}) +
                   background_states("#3  square of 3",
                                     {"Waiting", "Executing", "Cancelling", "Cancelled"})));
}

TEST(ExamplesTest, BackgroundProcessesRefusesWhatItDoesNotUnderstand) {
  for (const char* wrong : {"--workers=2", "twelve", "--time-limit", "--context"}) {
    program started({example("background_processes"), wrong});
    ASSERT_TRUE(started.wait());
    EXPECT_EQ(started.exit_code(), 2) << wrong;
    EXPECT_EQ(started.err().rfind("usage: ", 0), 0U);
  }
}

TEST(ExamplesTest, OwnContextRunsTheSameProgramInItsOwnWays) {
  program started({example("own_context")});
  expect_prints(started, "a thread per task: 1 1 1 1 1\nall in this thread: 1 2 3 4 5\n");
}

TEST(ExamplesTest, ActorFaceDistributesItsWork) {
  program started({example("actor_face")});
  expect_prints(started, "20 squares, their sum is 2870\n");
}

}  // namespace
}  // namespace offstage::testing
