// qt_pi_iterations, used as a person would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr colour band = colour::of(0xadcdeb);
constexpr colour line = colour::of(0x1450a0);
constexpr const char* path = "examples/qt_pi_iterations/qt_pi_iterations";

class pi_program : public program {
 public:
  explicit pi_program(const std::vector<std::string>& arguments)
      : program(path, arguments), shown(window("Approximations of pi")) {}

  // What the window says in words.
  std::string text() const {
    const auto tree = accessible_program(pid());
    if (!tree) return "";
    for (const auto& label : tree->find_all("label")) {
      if (!label.name().empty()) return label.name();
    }
    return "";
  }

  // The number of points in it, or 0.
  long points() const {
    const std::string all = text();
    const auto at = all.find("after ");
    if (at == std::string::npos) return 0;
    std::string digits;
    for (const char each : all.substr(at)) {
      if (each >= '0' && each <= '9') digits += each;
    }
    return std::stol(digits);
  }

  const display::window shown;
};

class QtPiIterationsTest : public ::testing::TestWithParam<std::string> {
 protected:
  static std::vector<std::string> with_context(const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"--context", GetParam()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

INSTANTIATE_TEST_SUITE_P(Contexts, QtPiIterationsTest, ::testing::Values("threads", "processes"),
                         [](const auto& context) { return context.param; });

TEST_P(QtPiIterationsTest, DrawsUntilItIsCancelledAndBeginsAnew) {
  pi_program pi(with_context());
  await("a million points", [&] { return pi.points() >= 1000000; });
  await("more of them", [&, before = pi.points()] { return pi.points() > before; });
  EXPECT_THAT(pi.text(), StartsWith("\u03c0 \u2248 3.1"));
  const auto seen = pi.shown.shown();
  EXPECT_GT(seen.count(band), 1000);
  EXPECT_GT(seen.count(line), 100);
  seen.save("plot-in-" + GetParam());

  // Nothing is drawn any more after a cancel.
  click(pi.find("push button", "Cancel"));
  const auto start = pi.find("push button", "Start");
  long last = 0;
  await("the last frame", [&] {
    const auto before = pi.shown.shown();
    return last == std::exchange(last, pi.points()) && before.differences(pi.shown.shown()) == 0;
  });
  EXPECT_EQ(pi.points(), last);
  // The button keeps the keyboard, whatever it is called.
  EXPECT_TRUE(start.is_focused());

  // It begins anew; on a busy machine it is soon further than before.
  await("fewer points", [&] {
    key("space");
    pi.find("push button", "Cancel");
    await("others", [&] { return pi.points() > 0 && pi.points() != last; });
    key("Escape");
    pi.find("push button", "Start");
    return pi.points() > 0 && pi.points() < last;
  });
}

TEST_P(QtPiIterationsTest, ClosingItEndsTheIteration) {
  pi_program pi(with_context());
  await("some points", [&] { return pi.points() > 0; });
  EXPECT_EQ(pi.descendants().empty(), GetParam() == "threads");
  pi.shown.click_close_button();
  EXPECT_EQ(pi.wait_for_exit(), 0);
  EXPECT_THAT(pi.descendants(), IsEmpty());
  EXPECT_EQ(pi.standard_error(), "");
}

TEST_P(QtPiIterationsTest, ItemsFasterThanAnyScreenLeaveTheWindowAlive) {
  pi_program pi(with_context({"--points", "1"}));
  await("many items", [&] { return pi.points() > 100000; });
  pi.shown.resize({900, 600});
  await("more of them", [&, before = pi.points()] { return pi.points() > before; });
  pi.shown.activate();
  key("alt+c");
  pi.find("push button", "Start");
  pi.shown.shown().save("many-items-in-" + GetParam());
}

TEST(QtPiIterationsWorkerTest, AKilledWorkerIsSaidAndMayBeStartedAgain) {
  pi_program pi({"--context", "processes"});
  await("some points", [&] { return pi.points() > 0; });
  for (const auto& each : pi.descendants()) {
    if (each.name != "offstage-worker") continue;
    ASSERT_EQ(kill(each.pid, SIGKILL), 0);
  }
  const auto start = pi.find("push button", "Start");
  EXPECT_THAT(pi.text(), StartsWith("Failed: "));
  pi.shown.shown().save("killed");
  click(start);
  await("points again", [&] { return pi.points() > 0; });
}

TEST(QtPiIterationsOptionsTest, WhatItDoesNotUnderstandIsSaid) {
  program started(path, {"--points", "0"});
  EXPECT_EQ(started.wait_for_exit(), 2);
  EXPECT_THAT(started.standard_error(), HasSubstr("--points takes a whole number from 1 to "));
}

}  // namespace
}  // namespace offstage::display
