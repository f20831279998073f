// manual_loop: an event loop for programs that have none.
//
// Question: how does a program without a toolkit wait for its futures?
// Zone:     home. Hears `wake` and `quit` from any thread and from signal handlers.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <functional>
#include <optional>

#include "actors/loop/deadline.h"
#include "actors/loop/loop.h"

namespace offstage {

/// An event loop driven by its owner; the thread that constructs it is home.
///
/// It sleeps in the kernel while there is nothing to do, and is woken through an eventfd.
/// Running it from within one of its own observers (nested) works.
class manual_loop final : public loop {
 public:
  /// How long to wait at most; none: for ever.
  using timeout = std::optional<std::chrono::nanoseconds>;

  /// @errors std::system_error if the system has no descriptor left.
  manual_loop();
  ~manual_loop() override;

  /// @thread Any; async-signal-safe.
  void wake() noexcept override;

  /// Takes turns until `quit()`; a `quit()` that came before counts.
  /// @thread Home.
  /// @errors wrong_sequence.
  void run();

  /// Makes the `run()` that is innermost, or the next one, return after the turn it is in.
  /// @thread Any; async-signal-safe.
  void quit() noexcept;

  /// Takes turns until `done()` returns true, tested first, after each message, and after each
  /// wake-up; returns whether it did before `limit` passed. Without a limit it waits for ever.
  /// @param limit From now; zero or less takes one turn, without waiting.
  /// @thread Home; `done` is called there.
  /// @errors wrong_sequence.
  bool run_until(const std::function<bool()>& done, timeout limit = std::nullopt);

  /// Takes turns until the future is done; otherwise as above.
  template <class Future>
  requires requires(const Future& future) {
    { future.done() } -> std::convertible_to<bool>;
  }
  bool run_until(const Future& future, timeout limit = std::nullopt) {
    return run_until(std::function<bool()>([&future] { return future.done(); }), limit);
  }

 private:
  void wait(deadline end);

  int event_;
  std::atomic<bool> quit_{false};
};

}  // namespace offstage
