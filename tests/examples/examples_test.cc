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

}  // namespace
}  // namespace offstage::testing
