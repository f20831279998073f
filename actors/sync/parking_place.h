// parking_place: where one thread waits until it is told to go on.
//
// Question: how does a thread sleep so that one system call wakes it, and no other?
// Zone:     border.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace offstage::sync {

/// The place of one thread. Whoever tells it to go on before it waits makes its next wait short.
///
/// What was written before `go_on()` is seen after the `wait()` that it ends. A waiting thread
/// takes no notice of pthread_cancel: this is no cancellation point.
class parking_place {
 public:
  parking_place() noexcept = default;
  parking_place(const parking_place&) = delete;
  parking_place& operator=(const parking_place&) = delete;

  /// Waits for one `go_on()` since the last wait.
  /// @thread The one whose place it is.
  void wait() noexcept {
    if (state_.fetch_sub(1, std::memory_order_acquire) == told) return;
    for (;;) {
      futex(FUTEX_WAIT_PRIVATE, waiting);
      auto expected = told;
      if (state_.compare_exchange_strong(expected, nothing, std::memory_order_acquire)) return;
    }
  }

  /// Looks for a `go_on()` for about `time`, without sleeping: whoever tells a thread that looks
  /// makes no system call. To be followed by `wait()`.
  /// @returns Whether it was told.
  /// @thread The one whose place it is.
  bool look(std::chrono::nanoseconds time) noexcept {
    constexpr int looks_between_clocks = 16;
    const auto end = std::chrono::steady_clock::now() + time;
    do {
      for (int i = 0; i < looks_between_clocks; ++i) {
        if (state_.load(std::memory_order_relaxed) == told) return true;
        pause();
      }
    } while (std::chrono::steady_clock::now() < end);
    return false;
  }

  /// Tells the thread to go on; a system call if it waits, and otherwise none.
  /// @thread Any; the place stays alive until this has returned.
  void go_on() noexcept {
    if (state_.exchange(told, std::memory_order_release) == waiting) futex(FUTEX_WAKE_PRIVATE, 1);
  }

 private:
  static constexpr std::uint32_t nothing = 0;
  static constexpr std::uint32_t told = 1;
  static constexpr std::uint32_t waiting = ~std::uint32_t{0};

  // Leaves the core's units to the other thread on it for a moment.
  static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  void futex(int operation, std::uint32_t value) noexcept {
    ::syscall(SYS_futex, &state_, operation, value, nullptr, nullptr, 0);
  }

  std::atomic<std::uint32_t> state_{nothing};
};

}  // namespace offstage::sync
