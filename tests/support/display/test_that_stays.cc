// A test that desktop_test starts and kills in the middle: it shows a window and waits.

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/display/desktop.h"
#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

TEST(TestThatStays, UntilItIsKilled) {
  program shown{"tests/support/display/qt_program"};
  shown.find("push button", "Square");
  std::ofstream{outputs_folder() / "desktop-stands"} << desktop::instance().display_name();
  await("the signal", [] { return false; });
}

}  // namespace
}  // namespace offstage::display
