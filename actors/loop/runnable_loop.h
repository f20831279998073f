// runnable_loop: a loop that can be run until something is so.
//
// Question: how does home wait for a future without missing anything else?
// Zone:     home.
#pragma once

#include <concepts>
#include <exception>

#include "actors/loop/deadline.h"
#include "actors/loop/loop.h"
#include "actors/loop/wake_event.h"
#include "messages/functions.h"

namespace offstage {

/// What all loops of Offstage's own have: `run_until`.
///
/// Whatever else lives on the toolkit's loop goes on meanwhile: timers, input, paints. Waiting from
/// within an observer, a timer or a modal dialog (nested) works; the innermost wait ends first.
class runnable_loop : public loop {
 public:
  /// Waits that are under way end.
  /// @thread Home.
  ~runnable_loop() override;

  /// How long to wait at most.
  using timeout = time_limit;

  /// Runs the loop until `done()` returns true, tested first, after each message, and before the
  /// loop goes to sleep; returns whether it did before `limit` passed, the toolkit ended the wait
  /// (its own quit), or the loop was destroyed by what it ran. Without a limit it waits for ever.
  /// What `done` throws comes out of here.
  /// @param limit From now; zero or less takes one turn, without waiting.
  /// @thread Home; `done` is called there.
  /// @errors wrong_sequence.
  bool run_until(const std::function<bool()>& done, timeout limit = std::nullopt);

  /// Runs the loop until the future is done; otherwise as above.
  template <class Future>
  requires requires(const Future& future) {
    { future.done() } -> std::convertible_to<bool>;
  }
  bool run_until(const Future& future, timeout limit = std::nullopt) {
    return run_until(std::function<bool()>([&future] { return future.done(); }), limit);
  }

 protected:
  /// A `run_until` under way.
  class wait {
   public:
    /// Asks the condition, unless it was met before.
    bool met();

    /// When to give up.
    deadline end() const noexcept { return end_; }

    /// The loop was destroyed: nothing of it is to be touched.
    bool loop_gone() const noexcept { return loop_gone_; }

    /// Asks the condition, and looks whether the wait has ended otherwise.
    bool over() { return met() || loop_gone_ || passed(end_); }

   private:
    friend class runnable_loop;
    wait(const std::function<bool()>& done, deadline end, wait* outer);

    std::function<bool()> ask_;
    std::exception_ptr thrown_;
    deadline end_;
    wait* outer_;
    bool met_ = false;
    bool loop_gone_ = false;
  };

  using loop::loop;

  /// Runs the toolkit's loop until `what.over()`, which it is not yet, or the toolkit says so. Asks
  /// at least each time before the loop would sleep. The loop may be destroyed meanwhile.
  virtual void run_for(wait& what) = 0;

  /// The same for a loop that is woken by `rung`, with messages alone: nothing else of the
  /// toolkit's is served.
  void run_for_messages(wait& what, wake_event& rung);

  /// Takes one turn, which ends early when the innermost wait is over. The loop may be gone when
  /// this returns.
  void turn();

 private:
  wait* innermost_ = nullptr;
};

}  // namespace offstage
