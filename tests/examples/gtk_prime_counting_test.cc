// gtk_prime_counting, used as a person would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cctype>
#include <memory>
#include <string>

#include "tests/support/display/input.h"
#include "tests/support/display/program.h"

namespace offstage::display {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Minutes of work.
constexpr const char* endless = "10,000,000,000";

class GtkPrimeCountingTest : public ::testing::TestWithParam<const char*> {
 protected:
  // Types a number and presses Enter.
  void count(const std::string& below) {
    window.activate();
    const auto field = counter.find("text");
    key("alt+b");
    await("the field has the keyboard", [&] { return field.is("focused"); });
    key("ctrl+a");
    type(below);
    await("the number is typed", [&] { return field.text() == below; });
    key("Return");
  }

  // The label that has such a text, once there is one.
  accessible label_with(const std::string& text) {
    std::optional<accessible> found;
    await("a label with '" + text + "'", [&] {
      for (const auto& top : accessible_program(counter.pid())->children()) {
        for (const auto& each : top.find_all("label")) {
          if (each.name().find(text) == std::string::npos) continue;
          found = each;
          return true;
        }
      }
      return false;
    });
    return *found;
  }

  static unsigned long number_in(const accessible& label) {
    std::string digits;
    for (const char letter : label.name()) {
      if (std::isdigit(static_cast<unsigned char>(letter))) digits += letter;
    }
    return digits.empty() ? 0 : std::stoul(digits);
  }

  // Closes the window, and nothing is left.
  void close_and_end() {
    window.close();
    EXPECT_EQ(counter.wait_for_exit(), 0);
    EXPECT_THAT(counter.descendants(), IsEmpty());
  }

  program counter{"examples/gtk_prime_counting/gtk_prime_counting", {"--context", GetParam()}};
  display::window window = counter.window("Prime counting");
};

INSTANTIATE_TEST_SUITE_P(Contexts, GtkPrimeCountingTest, ::testing::Values("threads", "processes"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(GtkPrimeCountingTest, CountsByKeyboard) {
  count("100,000");
  EXPECT_EQ(label_with("9,592").name(), "9,592 primes below 100,000.");
  count("7");
  EXPECT_EQ(label_with("3 primes").name(), "3 primes below 7.");
  close_and_end();
}

TEST_P(GtkPrimeCountingTest, CountsByMouse) {
  click(counter.find("push button", "Count"));
  label_with("Counting");
  const auto dialog = counter.window("Counting primes");
  close_and_end();
  EXPECT_FALSE(dialog.is_open());
}

TEST_P(GtkPrimeCountingTest, SaysWhatItExpects) {
  for (const auto* typed : {"many", "1", "10,000,000,001", "-5", "99999999999999999999"}) {
    count(typed);
    label_with("Type a number from 2 to 10,000,000,000.");
    count("3");
    label_with("1 prime below 3.");
  }
  close_and_end();
}

TEST_P(GtkPrimeCountingTest, ShowsTheCountAsItGrowsWhileTheWindowAnswers) {
  count(endless);
  const auto dialog = counter.window("Counting primes");
  const auto primes = label_with("primes so far");
  const auto bar = counter.find("progress bar", "Progress");
  for (int i = 0; i < 5; ++i) {
    const auto before = number_in(primes);
    EXPECT_TRUE(eventually([&] { return number_in(primes) > before; }));
  }
  label_with("of 10,000,000,000");
  label_with(" left");
  EXPECT_EQ(bar.role(), "progress bar");
  // The window behind takes keys as ever.
  window.activate();
  const auto field = counter.find("text");
  key("alt+b");
  key("ctrl+a");
  type("12345");
  EXPECT_TRUE(eventually([&] { return field.text() == "12345"; }));
  window.resize({700, 300});
  dialog.resize({500, 260});
  const auto before = number_in(primes);
  EXPECT_TRUE(eventually([&] { return number_in(primes) > before; }));
  close_and_end();
}

TEST_P(GtkPrimeCountingTest, CancelsByTheButton) {
  count(endless);
  const auto dialog = counter.window("Counting primes");
  label_with("primes so far");
  click(counter.find("push button", "Cancel"));
  dialog.wait_until_closed();
  EXPECT_THAT(label_with("Cancelled").name(), StartsWith("Cancelled after "));
  EXPECT_GT(number_in(label_with("Cancelled")), 0U);
  count("1000");
  label_with("168 primes below 1,000.");
  close_and_end();
}

TEST_P(GtkPrimeCountingTest, CancelsByEscapeAndByTheCloseButton) {
  for (const bool by_escape : {true, false}) {
    count(endless);
    const auto dialog = counter.window("Counting primes");
    label_with("primes so far");
    if (by_escape) {
      dialog.activate();
      key("Escape");
    } else {
      dialog.click_close_button();
    }
    dialog.wait_until_closed();
    label_with("Cancelled after");
    EXPECT_TRUE(window.is_open());
  }
  close_and_end();
}

TEST_P(GtkPrimeCountingTest, CancelsByEscapeInItsOwnWindow) {
  count(endless);
  const auto dialog = counter.window("Counting primes");
  window.activate();
  key("Escape");
  dialog.wait_until_closed();
  label_with("Cancelled after");
  close_and_end();
}

TEST_P(GtkPrimeCountingTest, EndsInTheMiddleOfACount) {
  count(endless);
  const auto dialog = counter.window("Counting primes");
  label_with("primes so far");
  // Off the close button of the window below.
  dialog.move({300, 300});
  window.click_close_button();
  EXPECT_EQ(counter.wait_for_exit(), 0);
  EXPECT_THAT(counter.descendants(), IsEmpty());
  EXPECT_FALSE(dialog.is_open());
}

class GtkPrimeWorkerTest : public GtkPrimeCountingTest {
 protected:
  // The worker process that counts; there is one.
  pid_t worker() {
    pid_t found = 0;
    await("a worker", [&] {
      for (const auto& each : counter.descendants()) {
        if (each.name == "offstage-worker") found = each.pid;
      }
      return found != 0;
    });
    return found;
  }
};

INSTANTIATE_TEST_SUITE_P(Contexts, GtkPrimeWorkerTest, ::testing::Values("processes"));

TEST_P(GtkPrimeWorkerTest, SaysThatItIsCancellingUntilTheWorkerHasEnded) {
  count(endless);
  const auto dialog = counter.window("Counting primes");
  label_with("primes so far");
  const pid_t stuck = worker();
  ASSERT_EQ(kill(stuck, SIGSTOP), 0);
  const auto cancel = counter.find("push button", "Cancel");
  click(cancel);
  label_with("Cancelling…");
  EXPECT_TRUE(eventually([&] { return !cancel.is("sensitive"); }));
  dialog.click_close_button();
  key("Escape");
  EXPECT_TRUE(dialog.is_open());
  label_with("Counting…");
  ASSERT_EQ(kill(stuck, SIGCONT), 0);
  dialog.wait_until_closed();
  label_with("Cancelled after");
  close_and_end();
}

TEST_P(GtkPrimeWorkerTest, SaysThatAWorkerDiedAndGoesOn) {
  count(endless);
  const auto dialog = counter.window("Counting primes");
  label_with("primes so far");
  ASSERT_EQ(kill(worker(), SIGKILL), 0);
  EXPECT_THAT(label_with("Failed: ").name(), HasSubstr("was killed by signal 9"));
  dialog.shown().save("gtk_prime_counting_killed");
  dialog.activate();
  key("Return");
  dialog.wait_until_closed();
  label_with("The count failed.");
  count("1000");
  label_with("168 primes below 1,000.");
  close_and_end();
}

}  // namespace
}  // namespace offstage::display
