// The shortest programs with a window, one for each toolkit, used as a person would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

using ::testing::IsEmpty;

class TenLinesWindowTest : public ::testing::TestWithParam<const char*> {
 protected:
  display::window only_window() {
    await("a window", [&] { return shown.windows().size() == 1; });
    return shown.windows().front();
  }

  // Whether its only button comes to show this text.
  bool says(const std::string& text) {
    return eventually([&] { return shown.find_now("push button", text).has_value(); });
  }

  program shown{std::string("examples/ten_lines/") + GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Toolkits, TenLinesWindowTest, ::testing::Values("gtk", "qt", "wx"),
                         [](const auto& toolkit) { return toolkit.param; });

TEST_P(TenLinesWindowTest, TheButtonSaysThatItIsBusyAndThenTheResult) {
  const auto window = only_window();
  click(shown.find("push button", "Square 12"));
  // Answers during the task, or nobody would see this.
  EXPECT_TRUE(says("..."));
  EXPECT_TRUE(says("144"));
  click(shown.find("push button", "144"));
  EXPECT_TRUE(says("..."));
  EXPECT_TRUE(says("144"));
  window.shown().save(std::string("ten-lines-") + GetParam());
  window.click_close_button();
  EXPECT_EQ(shown.wait_for_exit(), 0);
  EXPECT_THAT(shown.descendants(), IsEmpty());
}

TEST_P(TenLinesWindowTest, ClosingItWhileTheTaskRunsEndsIt) {
  const auto window = only_window();
  click(shown.find("push button", "Square 12"));
  EXPECT_TRUE(says("..."));
  window.click_close_button();
  EXPECT_EQ(shown.wait_for_exit(), 0);
  EXPECT_THAT(shown.descendants(), IsEmpty());
}

}  // namespace
}  // namespace offstage::display
