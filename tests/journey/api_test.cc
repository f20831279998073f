// Rows 143 and 144: what the front door offers, by name, and nothing of what is behind it.

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>

#include "actors/offstage.h"

#if defined(CAF_VERSION) || defined(SPDLOG_VER_MAJOR) || defined(CAPNP_VERSION) || \
    defined(FMT_VERSION)
#error "the front door lets something of what is behind it through"
#endif

namespace {

template <class T>
constexpr bool exists = sizeof(T) > 0;

// Row 143.
TEST(ApiTest, OffersEveryNameOfTheIndex) {
  static_assert(exists<offstage::manual_loop> && exists<offstage::loop>);
  static_assert(exists<offstage::multithreading_context> && exists<offstage::parallel_context>);
  static_assert(exists<offstage::executor> && exists<offstage::executor_options>);
  static_assert(exists<offstage::executor_state> && exists<offstage::shutdown_result>);
  static_assert(exists<offstage::call_future<int>> && exists<offstage::call_future<void>>);
  static_assert(exists<offstage::generator<int, int>> && exists<offstage::iteration_future<int>>);
  static_assert(exists<offstage::progress<int>> && exists<offstage::progress_future<int, int>>);
  static_assert(exists<offstage::steps_reporter> && exists<offstage::null_steps_reporter>);
  static_assert(exists<offstage::steps_future<int>> && exists<offstage::task_channel>);
  static_assert(exists<offstage::future_state> && exists<offstage::failure>);
  static_assert(exists<offstage::failure_kind> && exists<offstage::failure_cause>);
  static_assert(exists<offstage::subscription>);
  static_assert(exists<offstage::worker_pool> && exists<offstage::pool_options>);
  static_assert(exists<offstage::worker_care> && exists<offstage::worker_initializer>);
  static_assert(exists<offstage::on_worker_death> &&
                exists<decltype(offstage::idempotent([] {}))> &&
                exists<decltype(offstage::initialize_with([] {}))>);
  static_assert(exists<offstage::time_limit>);
  static_assert(exists<offstage::event> && exists<offstage::event_state>);
  static_assert(exists<offstage::task_failed> && exists<offstage::task_cancelled>);
  static_assert(exists<offstage::log_level> && exists<offstage::log_room> &&
                exists<offstage::log_record>);
  EXPECT_NE(static_cast<void (*)(offstage::log_level)>(&offstage::set_log_level), nullptr);
  EXPECT_NE(&offstage::set_log_sink, nullptr);
  EXPECT_NE(&offstage::write_log, nullptr);
  EXPECT_NE(&offstage::should_log, nullptr);
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  static_assert(std::is_same_v<decltype(offstage::submit_call(executor, [] { return 1; })),
                               offstage::call_future<int>>);
}

// Row 144. Adapted: every misuse has a type of its own, and all have one base.
TEST(ApiTest, HasATypePerMistake) {
  using offstage::usage_error;
  static_assert(std::is_base_of_v<usage_error, offstage::wrong_sequence>);
  static_assert(std::is_base_of_v<usage_error, offstage::loop_gone>);
  static_assert(std::is_base_of_v<usage_error, offstage::executor_not_running>);
  static_assert(std::is_base_of_v<usage_error, offstage::pool_closed>);
  static_assert(std::is_base_of_v<usage_error, offstage::pool_mismatch>);
  static_assert(std::is_base_of_v<usage_error, offstage::invalid_options>);
  static_assert(std::is_base_of_v<usage_error, offstage::context_in_use>);
  static_assert(std::is_base_of_v<usage_error, offstage::context_closed>);
  static_assert(std::is_base_of_v<usage_error, offstage::router_misuse>);
  static_assert(std::is_base_of_v<usage_error, offstage::sender_misuse>);
  static_assert(std::is_base_of_v<usage_error, offstage::not_done>);
  static_assert(std::is_base_of_v<usage_error, offstage::result_taken>);
  static_assert(std::is_base_of_v<usage_error, offstage::task_taken>);
  // A result that is not there is no misuse.
  static_assert(!std::is_base_of_v<usage_error, offstage::task_failed>);
  static_assert(!std::is_base_of_v<usage_error, offstage::task_cancelled>);
}

TEST(ApiTest, NamesEveryState) {
  using offstage::executor_state;
  using offstage::future_state;
  EXPECT_EQ(to_string(future_state::waiting), "waiting");
  EXPECT_EQ(to_string(future_state::executing), "executing");
  EXPECT_EQ(to_string(future_state::cancelling), "cancelling");
  EXPECT_EQ(to_string(future_state::completed), "completed");
  EXPECT_EQ(to_string(future_state::failed), "failed");
  EXPECT_EQ(to_string(future_state::cancelled), "cancelled");
  EXPECT_EQ(to_string(executor_state::running), "running");
  EXPECT_EQ(to_string(executor_state::stopping), "stopping");
  EXPECT_EQ(to_string(executor_state::stopped), "stopped");
}

struct window {
  int shown = 0;
  offstage::scoped_subscription result;
};

TEST(ApiTest, AScopedSubscriptionEndsWithItsScope) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  auto open = std::make_unique<window>();
  auto shown = std::make_unique<window>();
  auto future = offstage::submit_call(
      executor, [](int n) { return n; }, 12);
  open->result =
      future.on_result([to = open.get()](const auto& done) { to->shown = done.result(); });
  auto* const first = shown.get();
  shown->result = future.on_result([first](const auto& done) { first->shown = done.result(); });
  // Moved, it is still the same one.
  std::vector<offstage::scoped_subscription> kept;
  kept.push_back(std::move(shown->result));
  open = nullptr;
  loop.run_until(future);
  EXPECT_EQ(shown->shown, 12);
  // Assigned over, the old one ends.
  int calls = 0;
  offstage::scoped_subscription one = future.on_done([&](const auto&) { ++calls; });
  one = future.on_done([&](const auto&) { calls += 10; });
  loop.run_until([&] { return calls != 0; });
  EXPECT_EQ(calls, 10);
}

}  // namespace
