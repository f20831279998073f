// log_ring: log records on their way from a worker process to its parent.
//
// Question: how does a record leave a process that must not wait, and may crash next?
// Zone:     border. Written by the child, read by the parent's log thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "actors/node/shared_memory.h"
#include "messages/flat_message.h"

namespace offstage {

/// A ring of frames in memory that both processes map. What was written stays there, whatever
/// becomes of the process that wrote it.
class log_ring {
 public:
  static constexpr std::size_t size_bytes = 256 * 1024;

  /// In the parent. @errors std::system_error.
  log_ring();

  /// In the child: the ring that was inherited. @errors std::system_error.
  explicit log_ring(descriptor inherited);

  /// To be given to a child, until it was forgotten.
  int handle() const noexcept { return memory_.handle(); }
  void forget_handle() noexcept { memory_.forget_handle(); }

  // --- The child, one thread at a time.

  /// True if there is room for it.
  bool fits(const flat_message& words) const noexcept;

  /// Writes a record; returns false, and writes nothing, if there is no room.
  bool put(const flat_message& words) noexcept;

  /// A record was not written.
  void drop(std::uint64_t records) noexcept { shared_->dropped += records; }

  /// True if the reader is to be rung for what was written or dropped.
  bool wakes_reader() noexcept { return shared_->asleep && shared_->asleep.exchange(false); }

  // --- Either.

  /// How many records were dropped since somebody asked.
  std::uint64_t take_dropped() noexcept {
    return shared_->dropped == 0 ? 0 : shared_->dropped.exchange(0);
  }

  // --- The parent, one thread at a time.

  /// The oldest record, which leaves the ring; nothing if it is empty.
  /// @errors malformed_message if what is there cannot have been put there; then the ring is not to
  /// be read any more.
  std::optional<flat_message> take();

  /// The reader is about to sleep: who writes next is to ring. Returns false if there is something
  /// to read already.
  bool fall_asleep() noexcept;

  /// How many records are in it, and were dropped.
  /// @thread Any.
  std::uint64_t unread() const noexcept {
    return shared_->records_written - shared_->records_taken + shared_->dropped;
  }

 private:
  // All zero in the beginning.
  struct shared {
    alignas(64) std::atomic<std::uint64_t> written;  // In bytes, since the beginning.
    std::atomic<std::uint64_t> records_written;
    std::atomic<std::uint64_t> dropped;
    alignas(64) std::atomic<std::uint64_t> taken;
    std::atomic<std::uint64_t> records_taken;
    std::atomic<bool> asleep;
    alignas(64) std::byte frames[size_bytes];
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  void copy_in(std::uint64_t at, const void* from, std::size_t size) noexcept;
  void copy_out(std::uint64_t at, void* to, std::size_t size) const noexcept;

  shared_memory memory_;
  shared* const shared_;
  std::uint64_t position_ = 0;  // This side's: nobody else can change it.
};

}  // namespace offstage
