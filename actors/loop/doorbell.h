// doorbell: one loop's wake-ups, and the turns they lead to.
//
// Question: who is served when the loop wakes, and for how long?
// Zone:     border. Hears `ring` from any thread, serves its sources at home.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "actors/loop/affinity.h"
#include "actors/loop/callback.h"
#include "actors/loop/deadline.h"
#include "actors/sync/mutex.h"
#include "actors/sync/over_fork.h"
#include "actors/sync/process_mark.h"

namespace offstage {

/// How long one turn of a loop may serve before it gives the loop back.
inline constexpr std::chrono::nanoseconds default_turn_budget = std::chrono::milliseconds(1);

/// User code at home that takes longer is logged (room `loop`, level info): nothing is painted
/// meanwhile.
inline constexpr std::chrono::nanoseconds slow_at_home = std::chrono::milliseconds(100);

/// The doorbell of one loop: any number of rings until the next turn cause one wake-up.
///
/// Three rules, which hold in any order of rings, turns, nested loops and endings:
///
/// 1. A source with something to serve stands in the line, or is being served (`serving`).
/// 2. Whenever the loop runs other code than a turn, and whenever the user's code runs within a
/// turn
///    (`calling_out`), nothing is left to serve or a wake-up is under way.
/// 3. A turn fetches what a source has after the source left the line, so whoever puts something
///    there later finds it out of the line, and rings.
class doorbell {
 public:
  using clock = std::chrono::steady_clock;

  /// The limits of one turn, asked by a source after each thing it served.
  class turn_limit {
   public:
    /// True if the source must return now. The clock is read when user code ran since the last
    /// question, and otherwise only now and then.
    bool reached();

   private:
    friend class doorbell;
    turn_limit(doorbell& bell, const std::function<bool()>* until) noexcept
        : bell_(bell), turns_(bell.turns_), until_(until) {}

    void look_at_clock(bool called_out);

    doorbell& bell_;
    std::size_t turns_;  // As of the last look at the clock.
    clock::time_point last_ = clock::now();
    deadline deadline_ = deadline_after(bell_.budget_, last_);
    const std::function<bool()>* until_;
    unsigned quiet_ = 0;
    bool over_ = false;
    bool satisfied_ = false;
  };

  /// Something that has work for home now and then.
  class source : public std::enable_shared_from_this<source> {
   public:
    virtual ~source() = default;

    /// Fetches what is there, and serves it until nothing is left, the limit is reached, or
    /// `quantum` things were served.
    /// @thread Home.
    virtual void serve(turn_limit& limit, std::size_t quantum) = 0;

    /// True if something that was fetched is left to serve.
    /// @thread Home.
    virtual bool has_more() const noexcept = 0;

   private:
    friend class doorbell;
    std::atomic<bool> queued_{false};  // It stands in the line of the doorbell.
    std::shared_ptr<source> behind_;   // The next one in that line; under the doorbell's mutex.
  };

  /// A source is being served by home, in a turn or by hand, until the scope ends; then it stands
  /// in the line again if something is left.
  /// @thread Home.
  class serving {
   public:
    serving(doorbell& bell, source& who) noexcept
        : bell_(bell), who_(who), outer_(std::exchange(bell.innermost_, this)) {}
    ~serving() {
      bell_.innermost_ = outer_;
      if (who_.has_more()) bell_.ring(who_);
    }
    serving(const serving&) = delete;
    serving& operator=(const serving&) = delete;

   private:
    friend class doorbell;
    doorbell& bell_;
    source& who_;
    serving* const outer_;
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
  void set_budget(time_limit budget) noexcept { budget_ = budget; }

  /// Asks for `who` to be served in the next turn; to be called after something was put there.
  /// @thread Any.
  void ring(source& who) noexcept {
    if (!who.queued_.load(std::memory_order_relaxed)) queue(who);
  }

  /// Runs `function` at home in a later turn, in the order of the calls; what it throws is logged.
  /// Functions that wait when the loop ends are dropped.
  /// @thread Any.
  /// @returns False, and drops the function, if the loop is gone.
  bool call_soon(callback<> function);

  /// The same, but not before the turn that follows the present one.
  /// @thread Home.
  void call_next_turn(callback<> function);

  /// How many turns have begun.
  /// @thread Home.
  std::size_t turns() const noexcept { return turns_; }

  /// Serves the sources in turn, some of each at a time, until nothing is left, the budget is
  /// used up, or `until` (tested after each thing served) returns true; returns whether it did.
  /// @thread Home.
  bool turn(const std::function<bool()>* until = nullptr);

  /// Something that leads to messages is under way (a task), until `release`.
  /// @thread Home.
  void hold() noexcept;
  void release() noexcept;

  /// The loop is going: no wake-up from now on, and none under way when this returns.
  /// @thread Home.
  void close() noexcept;

  /// Runs `what` unless the loop is gone; it does not go meanwhile. It is to be a few instructions
  /// that never block.
  /// @thread Any; async-signal-safe if `what` is.
  template <class Function>
  void while_open(const Function& what) noexcept {
    if ((gate_.fetch_add(1, std::memory_order_acq_rel) & gone) == 0) what();
    gate_.fetch_sub(1, std::memory_order_release);
  }

  /// True if the loop is gone.
  /// @thread Any.
  bool closed() const noexcept { return (gate_.load(std::memory_order_acquire) & gone) != 0; }

 private:
  friend class calling_out;

  static constexpr std::size_t quantum = 64;
  static constexpr unsigned gone = 1U << 31;

  void queue(source& who) noexcept;
  std::shared_ptr<source> next() noexcept;
  void arm() noexcept;
  void wake() noexcept;
  void expect_turn() noexcept;
  void prepare_calling_out() noexcept;
  void leave_nothing_behind() noexcept;

  class calls;

  template <class Home>
  doorbell(wiring wires, Home& home) : home_(std::move(home)), wires_(std::move(wires)) {
    make_calls();
  }
  void make_calls();
  static void hold_over_fork(void* bell) noexcept;
  static void let_go_after_fork(void* bell) noexcept;

  affinity home_;
  wiring wires_;
  const sync::process_mark process_;
  time_limit budget_ = default_turn_budget;
  std::atomic<unsigned> gate_{0};  // Calls of `while_open` under way, and the bit `gone`.

  sync::mutex mutex_;
  std::shared_ptr<source> first_ OFFSTAGE_GUARDED_BY(mutex_);  // The line of those to be served.
  source* last_ OFFSTAGE_GUARDED_BY(mutex_) = nullptr;
  bool rung_ OFFSTAGE_GUARDED_BY(mutex_) = false;  // A wake-up was sent; its turn has not begun.
  std::atomic<bool> ready_{false};                 // The line is not empty.

  // Home's.
  serving* innermost_ = nullptr;
  bool armed_ = false;       // Home knows that `rung_` is set.
  bool called_out_ = false;  // User code ran since the turn's limit was asked.
  std::size_t turns_ = 0;    // How many have begun.
  std::size_t holds_ = 0;
  std::vector<callback<>> next_turn_;  // A wake-up is under way while there are any.
  bool turn_expected_ = false;         // One of them is for a turn that home itself asked for.

  std::shared_ptr<calls> calls_;
  std::optional<sync::over_fork> over_fork_;  // The last one, which goes first.
};

}  // namespace offstage
