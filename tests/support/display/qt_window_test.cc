#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* path = "tests/support/display/qt_program";

TEST(QtWindowTest, IsDrivenAndSeen) {
  program shown{path};
  const window seen = shown.window("Squares in Qt");
  const accessible label = shown.find("label", "nothing yet");
  const accessible input = shown.find("text", "Number");
  click(input);
  EXPECT_TRUE(eventually([&] { return input.is_focused(); }));
  type("12");
  EXPECT_TRUE(eventually([&] { return input.text() == "12"; }));
  click(shown.find("push button", "Square"));
  EXPECT_TRUE(eventually([&] { return label.name() == "144"; }));
  const accessible table = shown.find("table");
  EXPECT_TRUE(eventually([&] { return table.row_count() == 1; }));
  EXPECT_THAT(table.row(0), ElementsAre("12", "144"));
  EXPECT_TRUE(eventually([&] {
    return similar(seen.shown().most_frequent(table.cell(0, 1).area()), colour::of(0x90EE90));
  }));
  seen.shown().save("qt-after-the-click");
  seen.close();
  EXPECT_EQ(41, shown.wait_for_exit());
  EXPECT_THAT(shown.descendants(), IsEmpty());
}

}  // namespace
}  // namespace offstage::display
