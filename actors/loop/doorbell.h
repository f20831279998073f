// doorbell: one loop's wake-ups, and the turns they lead to.
//
// Question: who is served when the loop wakes, and for how long?
// Zone:     border. Hears `ring` from any thread, serves its sources at home.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "actors/loop/affinity.h"

namespace offstage {

/// How long one turn of a loop may serve before it gives the loop back.
inline constexpr std::chrono::nanoseconds default_turn_budget = std::chrono::milliseconds(1);

/// User code at home that takes longer is said in the log (room `loop`, level info): nothing is
/// painted meanwhile.
inline constexpr std::chrono::nanoseconds slow_at_home = std::chrono::milliseconds(100);

/// The doorbell of one loop: any number of rings until the next turn cause one wake-up.
///
/// Whenever user code runs in a turn, and whenever a turn ends, a wake-up is under way if anything
/// is left to serve: so nested loops (modal dialogs) go on serving, and nothing is ever forgotten.
class doorbell {
 public:
  using clock = std::chrono::steady_clock;

  /// The limits of one turn, asked by a source after each thing it served.
  class turn_limit {
   public:
    /// True if the source must return now. `called_out` says that user code ran since the last
    /// question; the clock is read then, and otherwise only now and then.
    bool reached(bool called_out);

   private:
    friend class doorbell;
    turn_limit(const doorbell& bell, const std::function<bool()>* until) noexcept
        : bell_(bell), turns_(bell.turns_), until_(until) {}

    void look_at_clock(bool called_out);

    const doorbell& bell_;
    std::size_t turns_;  // As of the last look at the clock.
    clock::time_point last_ = clock::now();
    clock::time_point deadline_ = last_ + bell_.budget_;
    const std::function<bool()>* until_;
    unsigned quiet_ = 0;
    bool over_ = false;
    bool satisfied_ = false;
  };

  /// Something that has work for home now and then.
  class source {
   public:
    virtual ~source() = default;

    /// Serves what is there until nothing is left (returns false), or until the limit is reached
    /// or `quantum` things were served (returns true). Calls `before_calling_out` before it runs
    /// user code.
    virtual bool serve(doorbell& bell, turn_limit& limit, std::size_t quantum) = 0;

   private:
    friend class doorbell;
    std::atomic<bool> queued_{false};  // It stands in the line of the doorbell.
  };

  /// What a loop does for its doorbell; neither throws.
  struct wiring {
    std::function<void()> wake;  ///< Makes the loop call `turn()` soon; any thread.
    /// Called at home when the first thing is under way (true) and when nothing is any more: a loop
    /// that ends when it has nothing to do shall go on until then.
    std::function<void(bool)> keep_running;
  };

  /// `home` is what an affinity is made from.
  template <class Home>
  doorbell(Home home, wiring wires) : doorbell(std::move(wires), home) {}

  const affinity& home() const noexcept { return home_; }

  /// Sets how long a turn may serve; at least one thing is served in each.
  /// @thread Home.
  void set_budget(std::chrono::nanoseconds budget) noexcept { budget_ = budget; }

  /// Asks for `who` to be served in the next turn; to be called after something was put there.
  /// @thread Any.
  void ring(const std::shared_ptr<source>& who) {
    if (!who->queued_.load(std::memory_order_relaxed)) queue(who);
  }

  /// Runs `function` at home in a later turn, in the order of the calls; what it throws is logged.
  /// Functions that wait when the loop ends are dropped.
  /// @thread Any.
  void call_soon(std::function<void()> function);

  /// Serves the sources in turn, some of each at a time, until nothing is left, the budget is
  /// used up, or `until` (tested after each thing served) returns true; returns whether it did.
  /// @thread Home.
  bool turn(const std::function<bool()>* until = nullptr);

  /// Something that leads to messages is under way (a task), until `release`.
  /// @thread Home.
  void hold() noexcept;
  void release() noexcept;

  /// Called at home before user code runs: makes sure that a nested loop would be woken.
  /// @param self The source that is being served, if it has more to serve; otherwise null.
  void before_calling_out(const std::shared_ptr<source>* self) {
    if (self != nullptr) ring(*self);
    if (!armed_ && ready_count_.load(std::memory_order_relaxed) != 0) arm();
  }

  /// The loop is going: no wake-up from now on, and none under way when this returns.
  /// @thread Home.
  void close() noexcept;

  /// True if the loop is gone.
  /// @thread Any.
  bool closed() const noexcept { return (gate_.load(std::memory_order_acquire) & gone) != 0; }

 private:
  static constexpr std::size_t quantum = 64;
  static constexpr unsigned gone = 1U << 31;

  void queue(const std::shared_ptr<source>& who);
  std::shared_ptr<source> next();
  void arm();
  void wake() noexcept;
  void expect_turn() noexcept;

  class calls;

  template <class Home>
  doorbell(wiring wires, Home& home) : home_(std::move(home)), wires_(std::move(wires)) {
    make_calls();
  }
  void make_calls();

  affinity home_;
  wiring wires_;
  std::chrono::nanoseconds budget_ = default_turn_budget;
  std::atomic<unsigned> gate_{0};  // Wake-ups under way, and the bit `gone`.

  std::mutex mutex_;
  std::deque<std::shared_ptr<source>> ready_;
  bool rung_ = false;  // A wake-up was sent and its turn has not begun.
  std::atomic<std::size_t> ready_count_{0};
  bool armed_ = false;  // Home's own knowledge that `rung_` is set.

  // Home's.
  std::size_t turns_ = 0;  // How many have begun.
  std::size_t holds_ = 0;
  bool turn_expected_ = false;  // One of them is for a turn that home itself asked for.

  std::shared_ptr<calls> calls_;
};

}  // namespace offstage
