// futex: waiting for a word that another process changes.
//
// Question: how do two processes wait for each other without a system call in between?
// Zone:     border.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <optional>

namespace offstage {

/// Waits while the word has this value, at most for `limit` (none: for ever); may return early.
/// @thread Any, in any process that maps the word.
inline void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                       std::optional<std::chrono::nanoseconds> limit = std::nullopt) {
  timespec time{};
  if (limit) {
    time.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(*limit).count();
    time.tv_nsec = (*limit % std::chrono::seconds(1)).count();
  }
  syscall(SYS_futex, &word, FUTEX_WAIT, value, limit ? &time : nullptr, nullptr, 0);
}

/// Wakes everybody who waits for the word.
/// @thread As above.
inline void futex_wake(const std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace offstage
