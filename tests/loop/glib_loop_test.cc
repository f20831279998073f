// GLib's main contexts: what every loop does, and what is GLib's own.

#include "actors/loop/glib/glib_loop.h"

#include <glib.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "tests/contract/home_rows.h"
#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

// A timer or a limit: calls until it is told to stop.
class timer {
 public:
  timer(GMainContext* context, std::chrono::milliseconds interval, std::function<void()> call)
      : call_(std::move(call)),
        source_(g_timeout_source_new(static_cast<guint>(interval.count()))) {
    g_source_set_callback(
        source_,
        [](gpointer self) -> gboolean {
          static_cast<timer*>(self)->call_();
          return G_SOURCE_CONTINUE;
        },
        this, nullptr);
    // Its call may run a nested loop, in which it goes on.
    g_source_set_can_recurse(source_, TRUE);
    g_source_attach(source_, context);
  }
  ~timer() {
    g_source_destroy(source_);
    g_source_unref(source_);
  }
  timer(const timer&) = delete;

 private:
  std::function<void()> call_;
  GSource* source_;
};

template <class Context>
struct glib_home {
  using loop_type = glib_loop;
  static constexpr bool any_thread = Context::any_thread;
  static constexpr bool nests = true;
  static constexpr bool goes_on = true;
  static constexpr bool outlived = true;

  std::unique_ptr<glib_loop> make_loop() { return std::make_unique<glib_loop>(context.get()); }

  void run(std::chrono::nanoseconds limit) {
    auto* const run = g_main_loop_new(context.get(), FALSE);
    runs.push_back(run);
    {
      const timer end(context.get(), std::chrono::ceil<std::chrono::milliseconds>(limit),
                      [run] { g_main_loop_quit(run); });
      g_main_loop_run(run);
    }
    runs.pop_back();
    g_main_loop_unref(run);
  }
  void quit() { g_main_loop_quit(runs.back()); }

  auto every(std::chrono::milliseconds interval, std::function<void()> call) {
    return std::make_unique<timer>(context.get(), interval, std::move(call));
  }

  Context context;
  std::vector<GMainLoop*> runs;
};

// The one that GTK runs.
struct default_context {
  static constexpr bool any_thread = false;
  static GMainContext* get() { return nullptr; }
};

class own_context {
 public:
  static constexpr bool any_thread = true;
  own_context() = default;
  own_context(const own_context&) = delete;
  ~own_context() { g_main_context_unref(context_); }
  GMainContext* get() const { return context_; }

 private:
  GMainContext* context_ = g_main_context_new();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Default, LoopRows, glib_home<default_context>);
INSTANTIATE_TYPED_TEST_SUITE_P(Default, HomeRows, glib_home<default_context>);
INSTANTIATE_TYPED_TEST_SUITE_P(Own, LoopRows, glib_home<own_context>);
INSTANTIATE_TYPED_TEST_SUITE_P(Own, HomeRows, glib_home<own_context>);

TEST(GlibLoopTest, TakesTheDefaultContextOfItsThread) {
  std::thread([] {
    own_context context;
    g_main_context_push_thread_default(context.get());
    {
      glib_loop loop;
      bool called = false;
      loop.call_soon([&] { called = true; });
      g_main_context_iteration(nullptr, FALSE);
      EXPECT_FALSE(called);
      while (!called) g_main_context_iteration(context.get(), TRUE);
    }
    g_main_context_pop_thread_default(context.get());
  }).join();
}

TEST(GlibLoopTest, RefusesToWaitWhileAnotherThreadRunsTheContext) {
  own_context context;
  glib_loop loop(context.get());
  auto* const run = g_main_loop_new(context.get(), FALSE);
  std::thread other([&] { g_main_loop_run(run); });
  while (!g_main_loop_is_running(run)) std::this_thread::yield();
  while (g_main_context_acquire(context.get())) {
    g_main_context_release(context.get());
    std::this_thread::yield();
  }
  EXPECT_THROW(loop.run_until([] { return false; }, guard), wrong_sequence);
  g_main_loop_quit(run);
  other.join();
  g_main_loop_unref(run);
}

TEST(GlibLoopTest, DeliversNothingInAnotherThread) {
  testing::log_capture log;
  own_context context;
  glib_loop loop(context.get());
  int called = 0;
  loop.call_soon([&] {
    EXPECT_TRUE(loop.at_home());
    ++called;
  });
  std::thread([&] {
    while (g_main_context_iteration(context.get(), FALSE)) {
    }
  }).join();
  EXPECT_EQ(called, 0);
  EXPECT_EQ(log.count("another thread runs it"), 1);
  EXPECT_TRUE(loop.run_until([&] { return called == 1; }, guard));
  loop.call_soon([&] { ++called; });
  while (called == 1) g_main_context_iteration(context.get(), TRUE);
}

TEST(GlibLoopTest, StandsWhereItIsTold) {
  own_context context;
  glib_loop loop(context.get(), G_PRIORITY_HIGH);
  std::string order;
  const timer other(context.get(), std::chrono::milliseconds(0), [&] { order += "timer "; });
  loop.call_soon([&] { order += "call "; });
  while (order.find("timer") == order.npos) g_main_context_iteration(context.get(), TRUE);
  EXPECT_EQ(order, "call timer ");
}

}  // namespace
}  // namespace offstage::contract
