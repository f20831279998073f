// Wrong uses of submit_call do not compile, and the compiler says why in one line of ours.

#include <gtest/gtest.h>

#include <string>

#include "tests/support/compiler.h"

namespace {

// What the compiler says of a program with these statements.
std::string compile(const std::string& statements) {
  return offstage::testing::compile(
      "#include \"actors/offstage.h\"\n"
      "#include <cstdlib>\n#include <functional>\n#include <memory>\n#include <string>\n#include "
      "<vector>\n"
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

TEST(SubmitCallSignaturesTest, CallsObserversWithNothingTheFutureTheValueOrBoth) {
  EXPECT_EQ(compile(R"(
    auto future = offstage::submit_call(executor, [] { return 1.5; });
    struct window { void update() {} } shown;
    future.on_state([] {});
    future.on_state([](offstage::future_state) {});
    future.on_state([](const offstage::future_state&) {});
    future.on_state([](offstage::call_future<double> changed) { changed.done(); });
    future.on_cancellable([](const offstage::call_future<double>&, offstage::future_state) {});
    future.on_done(std::bind_front(&window::update, &shown));
    future.on_result([](double) {});
    future.on_result([kept = std::make_unique<int>()](const double&) mutable {});
    future.on_result([](const auto& done, double) { done.result(); });
    future.on_failure([](const offstage::failure&) {});
    future.on_failure([](offstage::failure) {});)"),
            "");
  EXPECT_EQ(compile(R"(
    auto steps = offstage::submit_steps(executor, 1, "m", [](offstage::steps_reporter&) {});
    steps.on_message([](std::string_view) {});
    steps.on_message([] {});
    steps.on_total([](std::uint64_t) {});
    steps.on_complete([](const auto& future, std::uint64_t) { future.total(); });
    steps.on_result([] {});
    auto reports = offstage::submit_progress(executor, [](offstage::progress<double>&) {});
    reports.on_progress([] {});
    reports.on_progress([](double) {});
    reports.on_progress([](const offstage::progress_future<double, void>& future) {
      future.cancel();
    });
    reports.on_progress([](auto future, const auto& value) { future.cancel(), value + 1.5; });
    executor.on_state([] {});
    executor.on_stopped([](offstage::executor_state) {});)"),
            "");
}

TEST(SubmitCallSignaturesTest, CallsGenericObserversWithTheFutureIfItKeepsTheValue) {
  EXPECT_EQ(compile(R"(
    auto future = offstage::submit_call(executor, [] { return 1.5; });
    future.on_state([](auto&& changed) { changed.cancel(); });
    future.on_cancellable([](auto changed) { changed.cancel(); });
    future.on_done([](const auto& done) { done.state(); });
    future.on_result([](auto& done) { done.take_result(); });
    future.on_failure([](const auto& done) { done.failure(); });
    auto steps = offstage::submit_steps(executor, 1, "m", [](offstage::steps_reporter&) {});
    steps.on_message([](const auto& changed) { changed.message(); });
    executor.on_state([](auto state) { return state == offstage::executor_state::stopped; });)"),
            "");
  EXPECT_EQ(compile(R"(
    auto reports = offstage::submit_progress(executor, [](offstage::progress<double>&) {});
    reports.on_progress([](const auto& value) { return value + 1.5; });
    auto items = offstage::submit_iteration(executor, [] { return std::vector<double>(3); });
    items.on_item([](auto value) { return value + 1.5; });)"),
            "");
}

TEST(SubmitCallSignaturesTest, RefusesObserversThatTakeSomethingElse) {
  const std::string text = "offstage: an observer takes nothing, the future, what the event brings";
  EXPECT_TRUE(refused_with(
      "offstage::submit_call(executor, [] { return 1; }).on_done([](int, int) {});", text));
  EXPECT_TRUE(refused_with(
      "offstage::submit_call(executor, [] { return 1; }).on_result([](std::string) {});", text));
  EXPECT_TRUE(refused_with("offstage::submit_call(executor, [] {}).on_failure([](int) {});", text));
  EXPECT_TRUE(
      refused_with("offstage::submit_progress(executor, [](offstage::progress<int>&) {})"
                   ".on_progress([](std::string) {});",
                   text));
  EXPECT_TRUE(
      refused_with("executor.on_state([](int) {});",
                   "offstage: an observer of an executor takes nothing, or the executor_state"));
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

TEST(SubmitCallSignaturesTest, TakesResultsOfEveryType) {
  EXPECT_EQ(compile(R"(
    auto number = offstage::submit_call(executor, []() -> const int { return 1; });
    const int& seen = number.result();
    int taken = number.take_result();
    auto owner = offstage::submit_call(executor, [] { return std::make_unique<int>(1); });
    std::unique_ptr<int> moved = owner.take_result();
    auto reference = offstage::submit_call(executor, []() -> int& { return *new int; });
    int& same = reference.take_result();
    auto fixed = offstage::submit_call(executor, []() -> const int& { return *new int; });
    const int& looked_at = fixed.take_result();
    auto array = offstage::submit_call(executor, []() -> int(&)[3] {
      static int all[3];
      return all;
    });
    int(&elements)[3] = array.take_result();
    auto function = offstage::submit_call(executor, []() -> int (&)(int) { return std::abs; });
    int (&call)(int) = function.take_result();
    auto still = offstage::submit_call(executor, [] { return pinned(); });
    const pinned& stays = still.result();
    auto nothing = offstage::submit_call(executor, [] {});
    nothing.result();)"),
            "");
}

TEST(SubmitCallSignaturesTest, SaysWhyAResultCannotBeTaken) {
  EXPECT_TRUE(
      refused_with("offstage::submit_call(executor, [] { return pinned(); }).take_result();",
                   "offstage::take_result: the result cannot be moved; look at it with result()"));
  EXPECT_NE(compile("offstage::submit_call(executor, [] {}).take_result();"), "");
}

}  // namespace
