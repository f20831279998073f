// credit: how much a task may send before home has taken it.
//
// Question: when must a producer wait?
// Zone:     border. Spent by the worker, repaid at home.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "actors/sync/mutex.h"

namespace offstage {

/// What is between the two ends of a window when the task runs in another process.
class credit_link {
 public:
  /// The producer's end: as `credit::spend`.
  /// @thread The task's worker, in the child.
  virtual bool spend(std::size_t bytes) = 0;

  /// Home's end: a message was delivered or dropped.
  /// @thread Any, in the parent.
  virtual void repay(std::size_t bytes) noexcept = 0;

 protected:
  ~credit_link() = default;
};

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
  bool spend(std::size_t bytes) OFFSTAGE_EXCLUDES(mutex_);

  /// Takes a part of the window whether there is one or not, so never waits; otherwise as `spend`.
  /// @thread The task's worker.
  bool overdraw(std::size_t bytes) noexcept;

  /// True if `spend` would wait.
  /// @thread The task's worker.
  bool used_up() const noexcept;

  /// Gives a part back: the message was delivered or dropped.
  /// @thread Any.
  void repay(std::size_t bytes) noexcept OFFSTAGE_EXCLUDES(mutex_);

  /// The producer's end of a window whose other end is in another process: from now on `spend` asks
  /// the link.
  /// @thread The task's worker, before the body runs.
  void produce_through(credit_link& link) noexcept { producer_ = &link; }

  /// Home's end of a window whose producer is in another process: from now on what is repaid is
  /// passed on to the link; null ends that, and no call of it is under way afterwards.
  /// @thread Any.
  void consume_through(credit_link* link) noexcept OFFSTAGE_EXCLUDES(mutex_);

  /// Holds nobody from now on; a producer that is held goes on.
  /// @thread Any.
  void release() noexcept OFFSTAGE_EXCLUDES(mutex_);

 private:
  bool half_free() const noexcept;

  std::atomic<std::uint32_t> messages_{0};  // On their way.
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<bool> released_{false};
  std::atomic<bool> held_{false};                // Written under the mutex.
  std::atomic<bool> consumed_elsewhere_{false};  // There is a consumer.
  credit_link* producer_ = nullptr;              // Set before the body runs.
  sync::mutex mutex_;
  sync::condition free_again_;
  credit_link* consumer_ OFFSTAGE_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace offstage
