// staffing: how many worker processes are started, and when.
//
// Question: are there as many workers as there should be?
// Zone:     pure. Hears and says the process crew only; time is a parameter.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "actors/pool/restart_budget.h"

namespace offstage {

/// Keeps count of workers that are being started and of those that were lost. Starts are free, but
/// for those that make up for a loss.
/// @thread One at a time.
class staffing {
 public:
  using time_point = restart_budget::time_point;

  /// @param on_demand Workers are there for tasks only, but for `workers_min` of them.
  struct limits {
    std::size_t workers_max = 1;
    std::size_t workers_min = 0;
    bool on_demand = false;
  };

  staffing(limits numbers, restart_budget::limits restarts) : limits_(numbers), budget_(restarts) {}

  /// How many there should be.
  /// @param busy Workers that have tasks in hand.
  /// @param tasks_in_hand Their tasks.
  /// @param closing No more tasks come.
  std::size_t wanted(std::size_t busy, std::size_t tasks_in_hand, std::size_t tasks_waiting,
                     bool closing) const noexcept {
    auto out = limits_.workers_max;
    if (limits_.on_demand) {
      out = std::min(out, std::max(tasks_in_hand + tasks_waiting, limits_.workers_min));
    }
    return closing ? std::min(out, busy + tasks_waiting) : out;
  }

  /// What is to be done now.
  struct plan {
    std::size_t starts = 0;
    bool look_again = false;  ///< At `next()`, for there should be more.
  };

  /// @param wanted How many there should be.
  /// @param needed How many tasks cannot do without: those of `wanted` that are busy or would be.
  /// @param staying How many there are that will stay.
  plan start(std::size_t wanted, std::size_t needed, std::size_t staying, time_point now) {
    const auto present = staying + starting_;
    const auto missing = std::max(wanted, present) - present;
    lost_ = std::min(lost_, missing);
    // Where the last one failed the next one is tried alone, and in vain for tasks only.
    const auto starts_max = !last_failed_                     ? missing
                            : starting_ == 0 && !tried_alone_ ? std::min<std::size_t>(missing, 1)
                                                              : 0;
    plan out;
    while (out.starts < starts_max && (lost_ == 0 || budget_.take(now))) {
      ++out.starts;
      if (lost_ != 0) --lost_;
    }
    starting_ += out.starts;
    tried_alone_ = tried_alone_ || (last_failed_ && out.starts != 0);
    out.look_again = out.starts < starts_max && (!last_failed_ || present < needed);
    return out;
  }

  /// From when on those that were lost may be replaced.
  time_point next() const noexcept { return budget_.next(); }

  /// One has begun.
  void begun() noexcept { --starting_; }

  /// One that has begun can be given tasks.
  void ready() noexcept {
    last_failed_ = false;
    tried_alone_ = false;
  }

  /// One could not be started.
  void failed(time_point now) {
    --starting_;
    ++lost_;
    last_failed_ = true;
    tried_alone_ = false;
    budget_.pause(now);
  }

  /// One that has begun will never be ready. Returns false if that is not the first one of those
  /// that were started together, which says no more than the first one did.
  bool came_to_nothing(time_point now) {
    ++lost_;
    if (last_failed_ && !tried_alone_) return false;
    last_failed_ = true;
    tried_alone_ = false;
    budget_.pause(now);
    return true;
  }

  /// One ended that was to stay.
  void lost() noexcept {
    ++lost_;
    tried_alone_ = false;
  }

  /// True if the last one could not be started, or came to nothing before it was ready.
  bool last_failed() const noexcept { return last_failed_; }

  /// How many have not begun yet.
  std::size_t starting() const noexcept { return starting_; }

 private:
  const limits limits_;
  restart_budget budget_;
  std::size_t starting_ = 0;
  std::size_t lost_ = 0;      // Not replaced yet.
  bool last_failed_ = false;  // And none was ready since.
  bool tried_alone_ = false;  // One was started since, and may be ready soon.
};

}  // namespace offstage
