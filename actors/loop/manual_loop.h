// manual_loop: an event loop for programs that have none.
//
// Question: how does a program without a toolkit wait for its futures?
// Zone:     home. Hears `wake` and `quit` from any thread and from signal handlers.
#pragma once

#include <atomic>
#include <memory>

#include "actors/loop/runnable_loop.h"
#include "actors/loop/wake_event.h"

namespace offstage {

/// An event loop driven by its owner; the thread that constructs it is home.
///
/// It sleeps in the kernel while there is nothing to do, and is woken through an eventfd.
/// Running it from within one of its own observers (nested) works. So does running it in a copy of
/// the process made by fork(), which takes no wake-up away from the other process.
class manual_loop final : public runnable_loop {
 public:
  /// @errors std::system_error if the system has no descriptor left.
  manual_loop();
  ~manual_loop() override;

  /// @thread Any; async-signal-safe.
  void wake() noexcept override;

  /// Takes turns until `quit()`, or until the loop is destroyed by what it runs; a `quit()` that
  /// came before counts.
  /// @thread Home.
  /// @errors wrong_sequence.
  void run();

  /// Makes the `run()` that is innermost, or the next one, return after the turn it is in.
  /// @thread Any; async-signal-safe.
  void quit() noexcept;

 protected:
  /// Takes turns, and sleeps in between.
  void run_for(wait& what) override;

 private:
  wake_event event_{wake_event::in_copies::own};
  const std::shared_ptr<std::atomic<bool>> quit_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace offstage
