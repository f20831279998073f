// The shortest programs without a window, one for each loop that has none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/examples/program.h"

namespace offstage::testing {
namespace {

using ::testing::AnyOf;

class TenLinesTest : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Loops, TenLinesTest, ::testing::Values("asio", "uv"),
                         [](const auto& loop) { return loop.param; });

TEST_P(TenLinesTest, IsStillThereAndEndsByItself) {
  program started({example(std::string("ten_lines/") + GetParam())});
  ASSERT_TRUE(started.wait());
  EXPECT_THAT(started.out(), AnyOf("still here\n144\n", "144\nstill here\n"));
  EXPECT_EQ(started.err(), "");
  EXPECT_EQ(started.exit_code(), 0);
}

TEST(TenLinesPollTest, SquaresWhatIsTypedUntilTheInputEnds) {
  // Its input is the terminal of its errors.
  program started({example("ten_lines/poll")}, {.err = stream::terminal});
  const auto printed = [&](const std::string& text) {
    return started.read_until([&] { return started.out() == text; });
  };
  ASSERT_TRUE(printed("numbers, please:\n"));
  started.type("12\n");
  ASSERT_TRUE(printed("numbers, please:\n144\n"));
  started.type("5\n");
  ASSERT_TRUE(printed("numbers, please:\n144\n25\n"));
  // The end of the input, while a task is under way.
  started.type("7\n\4");
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.out(), "numbers, please:\n144\n25\n49\n");
  EXPECT_EQ(started.exit_code(), 0);
}

TEST(TenLinesPollTest, EndsWithoutInput) {
  program started({example("ten_lines/poll")});
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.out(), "numbers, please:\n");
  EXPECT_EQ(started.exit_code(), 0);
}

}  // namespace
}  // namespace offstage::testing
