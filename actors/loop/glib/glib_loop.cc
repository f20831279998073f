#include "actors/loop/glib/glib_loop.h"

#include <glib.h>

#include <algorithm>
#include <chrono>

#include "actors/errors/errors.h"
#include "actors/log/log.h"

namespace offstage {

// GLib allocates and frees it; what follows the base is ours.
struct glib_loop::source {
  GSource base;
  glib_loop* owner;

  static gboolean dispatch(GSource* raw, GSourceFunc, gpointer) {
    auto& owner = *reinterpret_cast<source*>(raw)->owner;
    if (!owner.at_home()) {
      // Out of this thread's sight; what waits is there when home runs the context.
      g_source_modify_unix_fd(raw, owner.watch_, GIOCondition(0));
      log::line(log_room::loop, log_level::error,
                "glib_loop: expected a main context that is run by the thread that constructed the "
                "loop; found that another thread runs it, where nothing is delivered");
      return G_SOURCE_CONTINUE;
    }
    owner.event_.clear();
    owner.turn();
    return G_SOURCE_CONTINUE;
  }
};

glib_loop::glib_loop(GMainContext* context, int priority)
    : runnable_loop(affinity::binding::this_thread),
      context_(context != nullptr ? g_main_context_ref(context)
                                  : g_main_context_ref_thread_default()) {
  // GLib asks the descriptor itself; there is nothing to prepare or to check.
  static GSourceFuncs functions{nullptr, nullptr, &source::dispatch, nullptr, nullptr, nullptr};
  source_ = g_source_new(&functions, sizeof(source));
  reinterpret_cast<source*>(source_)->owner = this;
  g_source_set_static_name(source_, "offstage");
  g_source_set_priority(source_, priority);
  // A turn may run a nested loop (a dialog), which has to be served as well.
  g_source_set_can_recurse(source_, TRUE);
  watch_ = g_source_add_unix_fd(source_, event_.descriptor(), G_IO_IN);
  g_source_attach(source_, context_);
}

glib_loop::~glib_loop() {
  close();
  g_source_destroy(source_);
  g_source_unref(source_);
  g_main_context_unref(context_);
}

void glib_loop::wake() noexcept { event_.signal(); }

void glib_loop::run_for(wait& what) {
  auto* const context = context_;
  if (!g_main_context_acquire(context)) {
    throw wrong_sequence(
        "glib_loop::run_until: expected a main context that is run by the thread that constructed "
        "the loop; found that another thread runs it");
  }
  g_source_modify_unix_fd(source_, watch_, G_IO_IN);
  // The loop's own reference goes with it.
  g_main_context_ref(context);
  GSource* limit = nullptr;
  if (what.end()) {
    // It does nothing but wake the context at its time.
    limit = g_timeout_source_new(0);
    const auto left = std::max(*what.end() - std::chrono::steady_clock::now(),
                               std::chrono::steady_clock::duration::zero());
    const auto ready = std::chrono::ceil<std::chrono::microseconds>(left).count();
    g_source_set_callback(
        limit, [](gpointer) -> gboolean { return G_SOURCE_CONTINUE; }, nullptr, nullptr);
    g_source_set_ready_time(limit, g_get_monotonic_time() + ready);
    g_source_attach(limit, context);
  }
  do {
    g_main_context_iteration(context, !passed(what.end()));
  } while (!what.over());
  if (limit != nullptr) {
    g_source_destroy(limit);
    g_source_unref(limit);
  }
  g_main_context_release(context);
  g_main_context_unref(context);
}

}  // namespace offstage
