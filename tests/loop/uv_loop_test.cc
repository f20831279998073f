// libuv's loops: what every loop does, and what is libuv's own.

#include "actors/loop/uv/uv_loop.h"

#include <gtest/gtest.h>
#include <uv.h>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "tests/contract/home_rows.h"
#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

// A timer of libuv's, closed when the result of `make` goes.
class repeated_timer {
 public:
  static std::shared_ptr<repeated_timer> make(uv_loop_t* loop, std::chrono::nanoseconds interval,
                                              std::function<void()> call) {
    return {new repeated_timer(loop, interval, std::move(call)), [](repeated_timer* of) {
              of->call_ = nullptr;
              uv_close(reinterpret_cast<uv_handle_t*>(&of->handle_), [](uv_handle_t* handle) {
                delete static_cast<repeated_timer*>(handle->data);
              });
            }};
  }

 private:
  repeated_timer(uv_loop_t* loop, std::chrono::nanoseconds interval, std::function<void()> call)
      : call_(std::move(call)) {
    const auto ms =
        static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(interval).count());
    uv_timer_init(loop, &handle_);
    handle_.data = this;
    uv_update_time(loop);
    uv_timer_start(
        &handle_,
        [](uv_timer_t* handle) {
          auto& of = *static_cast<repeated_timer*>(handle->data);
          if (of.call_) of.call_();
        },
        ms, ms);
  }

  std::function<void()> call_;
  uv_timer_t handle_;
};

class uv_home {
 public:
  using loop_type = uv_loop;
  static constexpr bool any_thread = true;
  static constexpr bool nests = false;
  static constexpr bool goes_on = true;
  static constexpr bool outlived = false;

  uv_home() { uv_loop_init(&loop_); }
  uv_home(const uv_home&) = delete;
  ~uv_home() {
    // What was closed is forgotten, and nothing else keeps it running.
    while (uv_run(&loop_, UV_RUN_NOWAIT) != 0) {
    }
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }

  std::unique_ptr<uv_loop> make_loop() { return std::make_unique<uv_loop>(&loop_); }

  void run(std::chrono::nanoseconds limit) {
    const auto end = repeated_timer::make(&loop_, limit, [this] { uv_stop(&loop_); });
    uv_run(&loop_, UV_RUN_DEFAULT);
  }
  void quit() { uv_stop(&loop_); }

  std::shared_ptr<repeated_timer> every(std::chrono::milliseconds interval,
                                        std::function<void()> call) {
    return repeated_timer::make(&loop_, interval, std::move(call));
  }

  uv_loop_t* native() { return &loop_; }

 private:
  uv_loop_t loop_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Uv, LoopRows, uv_home);
INSTANTIATE_TYPED_TEST_SUITE_P(Uv, HomeRows, uv_home);

TEST(UvLoopTest, RunReturnsWhenNothingIsUnderWay) {
  uv_home home;
  uv_loop loop(home.native());
  EXPECT_EQ(uv_run(home.native(), UV_RUN_DEFAULT), 0);
  executor user{loop};
  // An executor without tasks keeps nothing running, either.
  EXPECT_EQ(uv_run(home.native(), UV_RUN_DEFAULT), 0);
  int told = 0;
  submit_call(user, twice, 21).on_done([&](const auto&) {
    ++told;
    submit_call(user, twice, 1).on_done([&](const auto&) { ++told; });
  });
  EXPECT_EQ(uv_run(home.native(), UV_RUN_DEFAULT), 0);
  EXPECT_EQ(told, 2);
  // A call from home is something to do, too.
  loop.call_soon([&] { ++told; });
  EXPECT_EQ(uv_run(home.native(), UV_RUN_DEFAULT), 0);
  EXPECT_EQ(told, 3);
  // An observer of a future that has ended is called in a later turn.
  auto future = submit_call(user, twice, 1);
  EXPECT_EQ(uv_run(home.native(), UV_RUN_DEFAULT), 0);
  ASSERT_TRUE(future.done());
  future.on_done([&](const auto&) { ++told; });
  EXPECT_EQ(uv_run(home.native(), UV_RUN_DEFAULT), 0);
  EXPECT_EQ(told, 4);
}

TEST(UvLoopTest, DeliversNothingInAnotherThread) {
  testing::log_capture log;
  uv_home home;
  uv_loop loop(home.native());
  int called = 0;
  loop.call_soon([&] {
    EXPECT_TRUE(loop.at_home());
    ++called;
  });
  std::thread([&] { uv_run(home.native(), UV_RUN_DEFAULT); }).join();
  EXPECT_EQ(called, 0);
  EXPECT_EQ(log.count("another thread runs it"), 1);
  EXPECT_TRUE(loop.run_until([&] { return called == 1; }, guard));
  loop.call_soon([&] { ++called; });
  EXPECT_EQ(uv_run(home.native(), UV_RUN_DEFAULT), 0);
  EXPECT_EQ(called, 2);
}

TEST(UvLoopTest, TakesTheDefaultLoop) {
  {
    uv_loop loop;
    executor user{loop};
    int told = 0;
    submit_call(user, twice, 21).on_done([&](const auto&) { ++told; });
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    EXPECT_EQ(told, 1);
  }
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(uv_default_loop()), 0);
}

}  // namespace
}  // namespace offstage::contract
