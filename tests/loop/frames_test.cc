// A window in a flood of messages: it goes on painting, and its timers come.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

// The figures of the program for this toolkit.
std::map<std::string, double> flood(const std::string& executors) {
  program flooded(OFFSTAGE_FLOOD, {"offstage", executors, "800"});
  EXPECT_EQ(flooded.wait_for_exit(), 0) << flooded.standard_error();
  std::map<std::string, double> figures;
  std::istringstream lines(flooded.standard_output());
  for (std::string line; std::getline(lines, line);) {
    const auto name = line.find("loop_flood_");
    const auto value = line.find('[');
    if (name == line.npos || value == line.npos) continue;
    figures[line.substr(name, line.find('"', name) - name)] = std::atof(line.c_str() + value + 1);
  }
  return figures;
}

// At least half of the usual frames. Other programs may take the processors away for a while, so
// the best of three tries counts; a loop that is not fair to its painter paints next to none.
void expect_frames(const std::string& executors) {
  double best = 0;
  for (int tries = 0; tries < 3 && best < 0.5; ++tries) {
    auto figures = flood(executors);
    EXPECT_GT(figures["loop_flood_messages_per_s"], 0);
    best = std::max(best, figures["loop_flood_frames_part"]);
  }
  EXPECT_GE(best, 0.5);
}

TEST(FramesTest, ArePaintedInTheFloodOfOneExecutor) { expect_frames("1"); }

TEST(FramesTest, ArePaintedInTheFloodOfSixteenExecutors) { expect_frames("16"); }

}  // namespace
}  // namespace offstage::display
