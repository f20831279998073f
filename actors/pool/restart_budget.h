// restart_budget: how often workers that were lost are replaced.
//
// Question: may another worker be started now, or when?
// Zone:     pure. Hears and says the process pool only; time is a parameter.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>

namespace offstage {

/// So many restarts per span of time are free. Each one after that is followed by a pause, twice as
/// long as the one before; pauses are short again after a span without a restart.
/// @thread One at a time.
class restart_budget {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// At least one restart; a span and pauses longer than nothing.
  struct limits {
    std::size_t restarts_max = 100;
    duration span = std::chrono::seconds(10);
    duration pause_min = std::chrono::milliseconds(50);
    duration pause_max = std::chrono::seconds(5);
  };

  explicit restart_budget(limits allowed) : limits_(allowed) {}

  /// Takes a restart; false if there is none before `next()`. Time does not go back.
  bool take(time_point now) {
    if (now < next_) return false;
    while (!taken_.empty() && taken_.front() <= now - limits_.span) taken_.pop_front();
    if (taken_.empty()) pause_ = limits_.pause_min;
    taken_.push_back(now);
    if (taken_.size() < limits_.restarts_max) return true;
    if (taken_.size() > limits_.restarts_max) taken_.pop_front();
    pause(now);
    return true;
  }

  /// Has the next one wait for a pause, because the last one came to nothing.
  void pause(time_point now) {
    next_ = now + pause_;
    pause_ = std::min(2 * pause_, limits_.pause_max);
  }

  /// From when on there is one; may be long ago.
  time_point next() const noexcept { return next_; }

 private:
  const limits limits_;
  std::deque<time_point> taken_;  // In the last span; no more than count.
  time_point next_ = time_point::min();
  duration pause_ = limits_.pause_min;
};

}  // namespace offstage
