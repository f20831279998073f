#include "tests/support/display/desktop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/support/display/evidence.h"
#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;

constexpr const char* qt_program = "tests/support/display/qt_program";

std::string contents(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

kept_process::options shell(const std::string& script) {
  return {.program = "sh",
          .arguments = {"-c", script},
          .environment = {"PATH=/usr/bin:/bin"},
          .output = outputs_folder() / "shell"};
}

// Another test, with a desktop of its own.
kept_process::options other_test(const std::vector<std::string>& environment) {
  kept_process::options chosen{.program = runfile("tests/support/display/test_that_stays"),
                               .arguments = {},
                               .environment = desktop::instance().environment_with(environment),
                               .output = outputs_folder() / "test_that_stays"};
  // The result of this test is not for the other one to write.
  std::erase_if(chosen.environment, [](const std::string& variable) {
    return variable.starts_with("XML_OUTPUT_FILE=") || variable.starts_with("GTEST_") ||
           variable.starts_with("TESTBRIDGE_") || variable.starts_with("TEST_PREMATURE_EXIT_FILE=");
  });
  return chosen;
}

TEST(KeptProcessTest, ReportsHowTheProgramEnded) {
  kept_process exits{shell("echo said; echo complained >&2; exit 7")};
  EXPECT_EQ(7, exits.wait_for_exit());
  EXPECT_EQ("said\n", exits.standard_output());
  EXPECT_EQ("complained\n", exits.standard_error());

  kept_process is_killed{shell("sleep 1000")};
  EXPECT_EQ(std::nullopt, is_killed.exit_code());
  is_killed.send_signal(SIGKILL);
  EXPECT_EQ(128 + SIGKILL, is_killed.wait_for_exit());
}

TEST(KeptProcessTest, AProgramThatCannotBeStartedIsAnError) {
  kept_process::options missing = shell("");
  missing.program = "/nonexistent";
  // Its end may be heard of before its beginning.
  for (int i = 0; i < 20; ++i) {
    try {
      kept_process never_ran{missing};
      never_ran.wait_for_exit();
      FAIL() << "it has no exit code";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("/nonexistent: No such file or directory"));
    }
  }
  EXPECT_THROW(runfile("no/such/file"), std::runtime_error);
}

TEST(KeptProcessTest, OrphansAreListedAndEndWithIt) {
  pid_t orphan = 0;
  {
    // The orphan is deaf to polite requests, too.
    kept_process parent{shell("sh -c \"trap '' TERM; while :; do sleep 1000; done\" & exit 0")};
    EXPECT_EQ(0, parent.wait_for_exit());
    await("the orphan sleeps", [&] {
      const auto left = parent.descendants();
      for (const listed_process& process : left) {
        if (process.name == "sh") orphan = process.pid;
      }
      return left.size() == 2;
    });
    EXPECT_EQ(0, kill(orphan, 0));
  }
  EXPECT_EQ(-1, kill(orphan, 0));
}

TEST(DesktopTest, NothingIsLeftOfATestThatIsKilled) {
  const auto stands = outputs_folder() / "desktop-stands";
  std::filesystem::remove(stands);
  kept_process other{other_test({})};
  await("another desktop stands", [&] { return !contents(stands).empty(); });
  EXPECT_NE(desktop::instance().display_name(), contents(stands));
  EXPECT_THAT(other.descendants(), Contains(Field(&listed_process::name, "Xvfb")));
  EXPECT_THAT(other.descendants(), Contains(Field(&listed_process::name, "at-spi2-registr")));
  EXPECT_THAT(other.descendants(), Contains(Field(&listed_process::name, "qt_program")));
  other.send_signal(SIGKILL);
  EXPECT_EQ(128 + SIGKILL, other.wait_for_exit());
  EXPECT_TRUE(eventually([&] { return other.descendants().empty(); }))
      << to_string(other.descendants());
}

TEST(DesktopTest, WithoutItsProgramsATestFailsAndSaysWhatToDo) {
  kept_process other{other_test({"PATH=/nonexistent"})};
  EXPECT_EQ(1, other.wait_for_exit());
  EXPECT_THAT(other.standard_output(), HasSubstr("Xvfb is not installed"));
  EXPECT_THAT(other.standard_output(), HasSubstr("tools/setup"));
}

TEST(DesktopTest, APictureAndTheTreeAreKeptOfAFailure) {
  program shown{qt_program};
  shown.window("Squares in Qt");
  shown.find("push button", "Square");
  try {
    await(
        "what never is", [] { return false; }, milliseconds{1});
    FAIL() << "it came";
  } catch (const never_came& error) {
    EXPECT_THAT(error.what(), HasSubstr("what never is"));
    EXPECT_THAT(error.what(), HasSubstr("window \"Squares in Qt\", "));
    EXPECT_THAT(error.what(), HasSubstr("push button \"Square\""));
  }
  const std::string stem = "failure-DesktopTest-APictureAndTheTreeAreKeptOfAFailure";
  EXPECT_THAT(contents(outputs_folder() / (stem + ".png")), HasSubstr("IDAT"));
  EXPECT_THAT(contents(outputs_folder() / (stem + ".tree.txt")), HasSubstr("\"nothing yet\""));
}

TEST(ProgramTest, ACloseButtonIsClickedWhenNothingCoversIt) {
  program below{qt_program};
  const window covered = below.window("Squares in Qt");
  covered.move({0, 0});
  program above{qt_program};
  const window cover = above.window("Squares in Qt");
  cover.move({0, 0});
  EXPECT_TRUE(eventually([&] { return cover.has_keyboard(); }));
  EXPECT_FALSE(covered.has_keyboard());
  // Which raises it first.
  covered.click_close_button();
  covered.wait_until_closed();
  EXPECT_TRUE(cover.is_open());
  EXPECT_TRUE(eventually([&] { return cover.has_keyboard(); }));
}

TEST(ProgramTest, WaitingEndsAtOnceWhenTheProgramHasEnded) {
  program shown{qt_program};
  const accessible button = shown.find("push button", "Square");
  const window seen = shown.window("Squares in Qt");
  shown.send_signal(SIGKILL);
  EXPECT_EQ(128 + SIGKILL, shown.wait_for_exit());
  EXPECT_THROW(shown.find("label"), never_came);
  EXPECT_THROW(shown.window("Squares in Qt"), never_came);
  EXPECT_THROW(button.name(), gone);
  seen.wait_until_closed();
  EXPECT_THROW(seen.area(), gone);
  EXPECT_THROW(seen.title(), gone);
  EXPECT_THROW(seen.close(), gone);
}

TEST(ProgramTest, ABlockedProgramIsToldFromOneThatIsGone) {
  program shown{qt_program};
  const accessible button = shown.find("push button", "Square");
  shown.send_signal(SIGSTOP);
  EXPECT_THROW(button.name(), not_answering);
  shown.send_signal(SIGCONT);
  EXPECT_TRUE(eventually([&] { return button.name() == "Square"; }));
}

TEST(WindowTest, IsMovedResizedAndClosed) {
  program shown{qt_program};
  const window seen = shown.window("Squares in Qt");
  EXPECT_EQ(shown.pid(), seen.pid());
  EXPECT_TRUE(eventually([&] { return seen.is_active(); }));
  seen.resize({600, 500});
  EXPECT_EQ((extent{600, 500}), seen.area().size);
  seen.move({300, 100});
  EXPECT_EQ((point{300, 100}), seen.frame().origin);
  EXPECT_LT(100, seen.area().origin.y);
  EXPECT_EQ(seen.frame(), seen.shown().area());

  program other{qt_program};
  const window above = other.window("Squares in Qt");
  EXPECT_TRUE(eventually([&] { return above.is_active(); }));
  EXPECT_FALSE(seen.is_active());
  seen.activate();
  EXPECT_TRUE(seen.is_active());

  seen.click_close_button();
  EXPECT_EQ(40, shown.wait_for_exit());
  above.activate();
  key("alt+F4");
  EXPECT_EQ(40, other.wait_for_exit());
  EXPECT_TRUE(eventually([] { return open_windows().empty(); }));
}

TEST(InputTest, KeysReachTheWindow) {
  program shown{qt_program};
  shown.window("Squares in Qt").activate();
  const accessible input = shown.find("text", "Number");
  EXPECT_TRUE(eventually([&] { return input.is_focused(); }));
  // Both levels of the keyboard, and what other keyboards have elsewhere.
  const std::string typed = "aZ09 !@#$%^&*()_+-=[]{};:'\"\\|,.<>/?`~";
  type(typed);
  EXPECT_TRUE(eventually([&] { return input.text() == typed; })) << input.text();
  key("ctrl+a");
  key("BackSpace");
  type("11\n");
  EXPECT_TRUE(eventually([&] { return shown.find_now("label", "121").has_value(); }));
  key("Tab");
  EXPECT_TRUE(eventually([&] { return shown.find("push button", "Square").is_focused(); }));
  key("shift+Tab");
  EXPECT_TRUE(eventually([&] { return input.is_focused(); }));

  EXPECT_THROW(key("NoSuchKey"), std::invalid_argument);
  EXPECT_THROW(type("\xC3\xA9"), std::invalid_argument);
}

TEST(PictureTest, ColoursAreCountedFoundAndCompared) {
  const colour red = colour::of(0xFF0000);
  const colour nearly_red = colour::of(0xFA0503);
  const colour blue = colour::of(0x0000FF);
  const picture seen{{{10, 20}, {2, 2}}, {red, nearly_red, blue, red}};
  EXPECT_EQ(red, seen.at({11, 21}));
  EXPECT_EQ(blue, seen.at({10, 21}));
  EXPECT_THROW(seen.at({9, 20}), std::out_of_range);
  EXPECT_EQ(3, seen.count(red));
  EXPECT_EQ(2, seen.count(red, 0));
  EXPECT_EQ(1, seen.count(red, {{10, 21}, {100, 100}}));
  EXPECT_EQ((point{10, 21}), seen.find(blue));
  EXPECT_EQ(std::nullopt, seen.find(colour::of(0x00FF00)));
  EXPECT_EQ(red, seen.most_frequent(seen.area()));
  EXPECT_THROW(seen.most_frequent({{0, 0}, {5, 5}}), std::out_of_range);
  const picture later{{{0, 0}, {2, 2}}, {red, red, red, red}};
  EXPECT_EQ(1, seen.differences(later));
  EXPECT_THROW(seen.differences({{{0, 0}, {1, 1}}, {red}}), std::invalid_argument);
}

}  // namespace
}  // namespace offstage::display
