// Wrong uses of submit_call do not compile, and the compiler says why in one line of ours.

#include <gtest/gtest.h>

#include <string>

#include "tests/support/compiler.h"

namespace {

// What the compiler says of a program with these statements.
std::string compile(const std::string& statements) {
  return offstage::testing::compile(
      "#include \"actors/offstage.h\"\n"
      "#include <memory>\n#include <string>\n"
      "struct pinned { pinned() = default; pinned(pinned&&) = delete; };\n"
      "void use(offstage::executor& executor) {\n" +
      statements + "\n}\n");
}

testing::AssertionResult refused_with(const std::string& statements, const std::string& text) {
  return offstage::testing::is_one_error(compile(statements), text);
}

TEST(SubmitCallSignaturesTest, CompilesWhatIsRight) {
  EXPECT_EQ(compile("offstage::submit_call(executor, [](int n) { return n; }, 1);"), "");
  EXPECT_EQ(
      compile("offstage::submit_call(executor, [](std::stop_token, int n) { return n; }, 1);"), "");
  EXPECT_EQ(compile("offstage::submit_call(executor, &std::string::size, std::string(\"a\"));"),
            "");
  EXPECT_EQ(
      compile("offstage::submit_call(executor, [p = std::make_unique<int>(1)] { return *p; });"),
      "");
}

TEST(SubmitCallSignaturesTest, RefusesArgumentsThatDoNotFit) {
  const std::string text =
      "offstage::submit_call: the callable cannot be called with these arguments";
  EXPECT_TRUE(refused_with("offstage::submit_call(executor, [](int) {}, std::string());", text));
  EXPECT_TRUE(refused_with("offstage::submit_call(executor, [](int) {});", text));
  EXPECT_TRUE(refused_with("offstage::submit_call(executor, [] {}, 1);", text));
  EXPECT_TRUE(refused_with("offstage::submit_call(executor, 42);", text));
}

TEST(SubmitCallSignaturesTest, RefusesParametersThatAreReferencesToTheCallersVariables) {
  EXPECT_TRUE(refused_with("int n = 0; offstage::submit_call(executor, [](int&) {}, n);",
                           "for a reference, pass std::ref"));
}

TEST(SubmitCallSignaturesTest, RefusesWhatCannotBeMovedIntoTheTask) {
  EXPECT_TRUE(refused_with("pinned p; offstage::submit_call(executor, [](pinned&) {}, p);",
                           "offstage::submit_call: an argument cannot be copied or moved"));
  EXPECT_TRUE(refused_with(
      "auto f = [p = std::make_unique<int>(1)] {}; offstage::submit_call(executor, f);",
      "offstage::submit_call: the callable cannot be copied or moved"));
}

TEST(SubmitCallSignaturesTest, RefusesResultsThatWouldDangle) {
  EXPECT_TRUE(refused_with("offstage::submit_call(executor, []() -> int&& { throw 1; });",
                           "offstage::submit_call: the callable returns an rvalue reference"));
}

TEST(SubmitCallSignaturesTest, RefusesObserversThatDoNotTakeTheFuture) {
  EXPECT_TRUE(
      refused_with("offstage::submit_call(executor, [] { return 1; }).on_done([](int, int) {});",
                   "offstage: an observer of a future takes the future"));
}

// Row 13. Adapted: a compile error.
TEST(SubmitIterationSignaturesTest, RefusesCallablesThatReturnNoRange) {
  EXPECT_TRUE(refused_with("offstage::submit_iteration(executor, [] { return 1; });",
                           "returns neither a range nor an offstage::generator"));
}

// Rows 28 and 165. Adapted: a compile error.
TEST(SubmitProgressSignaturesTest, RefusesCallablesWithoutTheReporter) {
  EXPECT_TRUE(refused_with("offstage::submit_progress(executor, [](int) {}, 1);",
                           "the callable's first parameter must be an offstage::progress<P>&"));
  EXPECT_TRUE(refused_with("offstage::submit_progress(executor, [](auto& p) { p(1); });",
                           "say submit_progress<P>"));
  EXPECT_TRUE(refused_with("offstage::submit_steps(executor, 1, \"m\", [](int) {}, 1);",
                           "after the steps reporter"));
  EXPECT_EQ(compile("offstage::submit_progress<int>(executor, [](auto& p) { p(1); });"), "");
}

TEST(SubmitCallSignaturesTest, HasNoResultToTakeFromACallThatReturnsNothing) {
  EXPECT_NE(compile("auto f = offstage::submit_call(executor, [] {}); f.take_result();"), "");
}

}  // namespace
