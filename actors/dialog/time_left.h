// time_left: how long a task will still take.
//
// Question: when will it be done, by what was seen so far?
// Zone:     pure. Hears amounts with their times, says a duration.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace offstage {

/// Estimates the rest of a task from what it has done, smoothly: recent work counts more than old,
/// and a pause is counted down through before the estimate grows.
class time_left {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A task that begins at `begin` with nothing done.
  explicit time_left(time_point begin) noexcept : begin_(begin), last_(begin) {}

  /// At `now` so much was done, in the task's own unit. Less than before: the task began anew.
  void saw(time_point now, std::uint64_t complete) noexcept;

  /// What is left at `now` until `total`; none while that would be a guess: in the first two
  /// seconds, and before the amount was seen to grow twice.
  std::optional<std::chrono::duration<double>> at(time_point now,
                                                  std::uint64_t total) const noexcept;

 private:
  time_point begin_;
  time_point last_;  // When the amount was last seen to grow.
  std::uint64_t complete_ = 0;
  double last_growth_ = 0;
  // What was done, and in how many seconds, both fading with age: their quotient is the speed.
  double faded_amount_ = 0;
  double faded_seconds_ = 0;
  int growths_ = 0;
};

}  // namespace offstage
