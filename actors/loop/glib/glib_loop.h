// glib_loop: a GLib main context as home.
//
// Question: how do messages get into a GTK or GLib application?
// Zone:     border. Hears `wake` from any thread, takes turns as a GSource.
//
//   offstage::glib_loop loop;
//   offstage::executor executor{loop};
//   ...
//   g_application_run(application, argc, argv);
#pragma once

#include "actors/loop/runnable_loop.h"
#include "actors/loop/wake_event.h"

extern "C" {
typedef struct _GMainContext GMainContext;
typedef struct _GSource GSource;
}

namespace offstage {

/// The main context that GTK 4, GIO and plain GLib programs run; the thread that constructs it is
/// home, and the one that runs the context.
///
/// The context is used, never owned: it may be running, not yet running, or nested. In another
/// thread it delivers nothing, and says so in the log; what waits comes with home's next
/// `run_until`.
class glib_loop final : public runnable_loop {
 public:
  /// The priority of GTK's redraws. Above it, a flood of messages would leave nothing to the
  /// painter; below it, a program that paints without a pause would leave nothing to the messages.
  static constexpr int redraw_priority = 120;

  /// @param context The context to use; null is the thread's own default one, or the global
  ///   default context if the thread has none (as g_main_context_ref_thread_default). A reference
  ///   is kept.
  /// @param priority Where messages stand among the context's sources (GLib's scale: less is
  ///   sooner, 0 is input, 200 is idle).
  /// @errors std::system_error if the system has no descriptor left.
  explicit glib_loop(GMainContext* context = nullptr, int priority = redraw_priority);
  /// @thread Home.
  ~glib_loop() override;

  /// @thread Any; async-signal-safe.
  void wake() noexcept override;

 protected:
  /// @errors wrong_sequence if another thread runs the context.
  void run_for(wait& what) override;

 private:
  struct source;

  wake_event event_;
  GMainContext* context_;
  GSource* source_;
  void* watch_;  // The descriptor among what the source polls.
};

}  // namespace offstage
