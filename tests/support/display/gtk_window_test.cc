#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* path = "tests/support/display/gtk_program";

TEST(GtkWindowTest, IsDrivenAndSeen) {
  program shown{path};
  const window seen = shown.window("Squares in GTK");
  const accessible label = shown.find("label", "nothing yet");
  const accessible input = shown.find("text");
  click(input);
  EXPECT_TRUE(eventually([&] { return input.is_focused(); }));
  type("12");
  EXPECT_TRUE(eventually([&] { return input.text() == "12"; }));
  click(shown.find("push button", "Square"));
  EXPECT_TRUE(eventually([&] { return label.name() == "144"; }));
  EXPECT_TRUE(eventually([&] { return shown.find("progress bar").value() == 0.25; }));
  const accessible spread = shown.find("filler");
  EXPECT_TRUE(eventually(
      [&] { return similar(seen.shown().at(spread.area().middle()), colour::of(0x0080FF)); }));
  seen.shown().save("gtk-after-the-click");
  seen.close();
  EXPECT_EQ(41, shown.wait_for_exit());
  EXPECT_THAT(shown.descendants(), IsEmpty());
}

}  // namespace
}  // namespace offstage::display
