// wx_loop: the event loop of wxWidgets as home.
//
// Question: how do messages get into a wxWidgets application?
// Zone:     border. Hears `wake` from any thread, takes turns as pending events.
//
//   class app : public wxApp {
//     bool OnInit() override {
//       loop_.emplace();
//       executor_.emplace(*loop_);
//       ...
//     }
//     std::optional<offstage::wx_loop> loop_;
//     std::optional<offstage::executor> executor_;
//   };
#pragma once

#include <memory>

#include "actors/loop/runnable_loop.h"
#include "actors/loop/wake_event.h"

namespace offstage {

/// The event loop of the application's wxApp, in its main thread, which is home: wxWidgets has no
/// other thread's loops for windows.
///
/// wxWidgets' loop is used, never owned: it may be running, not yet running, or nested
/// (`ShowModal()`). Turns are taken among the application's pending events, which come after input
/// and paints.
class wx_loop final : public runnable_loop {
 public:
  /// Construct it in `OnInit()` or later.
  /// @errors invalid_options if there is no wxApp or this is not the main thread;
  ///   std::system_error if the system has no descriptor left, or wxWidgets refuses it.
  wx_loop();
  /// @thread Home. The wxApp may be gone already.
  ~wx_loop() override;

  /// @thread Any; async-signal-safe.
  void wake() noexcept override;

 protected:
  /// Runs a nested loop of wxWidgets; the application's `ExitMainLoop()` does not end it. Waits for
  /// messages alone when the application is gone.
  void run_for(wait& what) override;

 private:
  class wiring;

  wake_event event_;
  std::unique_ptr<wiring> wiring_;
};

}  // namespace offstage
