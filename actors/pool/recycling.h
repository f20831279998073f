// recycling: when a worker is old.
//
// Question: should this worker make room for a new one?
// Zone:     pure. Hears and says the process pool only; time is a parameter.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace offstage {

/// Decides by three limits, of which each may be absent.
/// @thread Any.
class recycling {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// At least one task.
  struct limits {
    std::optional<std::uint64_t> tasks_max = {};
    std::optional<std::size_t> memory_growth_max_bytes = {};
    std::optional<std::chrono::nanoseconds> idle_time_max = {};
  };

  explicit recycling(limits given) : limits_(given) {}

  /// How many more tasks it may be given. `tasks_given` counts all those before, but for those that
  /// were taken back.
  std::uint64_t tasks_left(std::uint64_t tasks_given) const noexcept {
    if (!limits_.tasks_max) return UINT64_MAX;
    return *limits_.tasks_max > tasks_given ? *limits_.tasks_max - tasks_given : 0;
  }

  /// True if it uses too much more than after its first task.
  bool has_grown(std::size_t first_memory_bytes, std::size_t memory_bytes) const noexcept {
    return limits_.memory_growth_max_bytes && memory_bytes > first_memory_bytes &&
           memory_bytes - first_memory_bytes > *limits_.memory_growth_max_bytes;
  }

  /// From when on it has been idle for too long; none: never.
  std::optional<time_point> idle_until(time_point idle_since) const noexcept {
    if (!limits_.idle_time_max) return std::nullopt;
    const auto limit = std::chrono::duration_cast<time_point::duration>(*limits_.idle_time_max);
    if (limit >= time_point::max() - idle_since) return std::nullopt;
    return idle_since + limit;
  }

  /// True if somebody has to look at the memory of workers.
  bool looks_at_memory() const noexcept { return limits_.memory_growth_max_bytes.has_value(); }

  /// True if idle workers go.
  bool looks_at_idleness() const noexcept { return limits_.idle_time_max.has_value(); }

 private:
  const limits limits_;
};

}  // namespace offstage
