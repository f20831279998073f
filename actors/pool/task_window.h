// task_window: how many tasks a worker process should have in hand.
//
// Question: how much work covers the time until the next task can arrive?
// Zone:     pure. Hears and says the process pool only.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace offstage {

/// Follows how long the tasks of one worker take: a worker holds one task that takes long, and many
/// that take microseconds, so that it never waits for a message between two of them.
/// @thread One at a time.
class task_window {
 public:
  using duration = std::chrono::nanoseconds;

  /// No more than this, whatever they take.
  static constexpr std::size_t size_max = 128;

  /// How much work there should be in hand: several times what a message takes there and back.
  static constexpr duration work_wanted = std::chrono::microseconds(500);

  /// So many tasks took this time together.
  void took(std::size_t tasks, duration together) noexcept {
    if (tasks == 0) return;
    const auto each = together.count() / static_cast<duration::rep>(tasks);
    // Long tasks count at once: what is behind them would wait. Short ones have to come twice.
    usual_ = each > usual_ ? each : (usual_ + each) / 2;
  }

  /// How many tasks to have in hand: 1 to `size_max`.
  std::size_t size() const noexcept {
    const auto wanted = work_wanted.count() / std::max<duration::rep>(usual_, 1);
    return std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 1, size_max);
  }

 private:
  duration::rep usual_ = work_wanted.count();
};

}  // namespace offstage
