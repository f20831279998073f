// deadline: from "how long" to "until when".
//
// Question: when does a bounded wait end?
// Zone:     pure.
#pragma once

#include <chrono>
#include <optional>

namespace offstage {

/// A moment of the steady clock, or none: for ever.
using deadline = std::optional<std::chrono::steady_clock::time_point>;

/// The moment `limit` from now; zero or less is now, and what the clock cannot count is for ever.
inline deadline deadline_after(std::optional<std::chrono::nanoseconds> limit) {
  if (!limit) return std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  if (*limit <= limit->zero()) return now;
  if (*limit >= std::chrono::steady_clock::time_point::max() - now) return std::nullopt;
  return now + *limit;
}

/// True if the moment has come.
inline bool passed(deadline when) { return when && std::chrono::steady_clock::now() >= *when; }

}  // namespace offstage
