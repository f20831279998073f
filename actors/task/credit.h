// credit: how much a task may send before home has taken it.
//
// Question: when must a producer wait?
// Zone:     border. Spent by the worker, repaid at home.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace offstage {

/// The window of one task: so many messages, and so many bytes, may be on their way home.
///
/// A producer that has used it up is held until half of it is free again, so that it is not woken
/// for every single delivery. One message alone may be larger than the window.
class credit {
 public:
  static constexpr std::uint32_t messages_max = 1024;
  static constexpr std::uint64_t bytes_max = 8ULL << 20;

  /// Takes a part of the window for a message of about `bytes`; waits while there is none.
  /// Returns false if the producer was released and is to send nothing more.
  /// @thread The task's worker.
  bool spend(std::size_t bytes);

  /// Takes a part of the window whether there is one or not, so never waits; otherwise as `spend`.
  /// @thread The task's worker.
  bool overdraw(std::size_t bytes) noexcept;

  /// True if `spend` would wait.
  /// @thread The task's worker.
  bool used_up() const noexcept;

  /// Gives a part back: the message was delivered or dropped.
  /// @thread Any.
  void repay(std::size_t bytes) noexcept;

  /// Holds nobody from now on; a producer that is held goes on.
  /// @thread Any.
  void release() noexcept;

 private:
  bool half_free() const noexcept;

  std::atomic<std::uint32_t> messages_{0};  // On their way.
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<bool> released_{false};
  std::atomic<bool> held_{false};
  std::mutex mutex_;
  std::condition_variable free_again_;
};

}  // namespace offstage
