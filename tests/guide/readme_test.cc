// What README.md quotes, besides examples/quick_start.cc.

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "actors/offstage.h"

namespace {

constexpr std::chrono::seconds limit{60};

std::ostringstream shown;

template <class Value>
void show(const Value& value) {
  shown << value << ' ';
}

template <class Future>
void observe(const Future& future) {
  future.on_state([](const auto& future) { show(to_string(future.state())); });
  future.on_result([](const auto& future) { show(future.result()); });
  future.on_failure([](const auto& future) { show(future.failure().summary()); });
}

TEST(ReadmeTest, ObservesAFuture) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  shown.str("");
  auto future = offstage::submit_call(executor, [] { return 144; });
  observe(future);
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(shown.str(), "executing completed 144 ");
}

TEST(ReadmeTest, ObservesProgress) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  shown.str("");
  // clang-format off
  auto future = offstage::submit_progress(executor, [](offstage::progress<int>& report, int n) {
    for (int i = 0; i < n; ++i) report(i);  // throws task_cancelled after a cancel
  }, 1000);
  future.on_progress([](int done) { show(done); });
  // clang-format on
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(shown.str().substr(0, 6), "0 1 2 ");
}

}  // namespace
