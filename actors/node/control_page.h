// control_page: what a worker process and its parent know together, without a message.
//
// Question: has this task been begun, cancelled or recalled, and how much of it has arrived?
// Zone:     border. Shared by the node's parent and child.
#pragma once

#include <atomic>
#include <cstdint>

#include "actors/node/futex.h"
#include "actors/node/shared_memory.h"

namespace offstage {

/// Where a task in hand is.
enum class cell_state : std::uint32_t {
  free,       ///< No task.
  waiting,    ///< In the worker's hand, not begun.
  running,    ///< Begun.
  ended,      ///< Its last message is on its way; the parent frees the cell.
  killed,     ///< The parent ends the process because of this task; it begins no other one.
  cancelled,  ///< Taken back by the parent, which has ended it; the worker frees the cell.
  recalled,   ///< Taken back by the parent, to be run elsewhere; the worker frees the cell.
};

/// One task in the hand of a worker process.
///
/// Child: waiting to running to ended, and what was taken back to free. Parent: free to waiting,
/// waiting to cancelled or recalled, running to killed, and ended to free. Whoever changes it first
/// has the task.
struct cell {
  std::atomic<cell_state> state;
  std::atomic<bool> cancel;              ///< Raised by the parent: the task is to be cancelled.
  std::atomic<std::uint32_t> held;       ///< The worker waits for credit while it is 1.
  std::atomic<std::uint64_t> delivered;  ///< Messages that are not on their way any more,
  std::atomic<std::uint64_t> delivered_bytes;  ///< and their sizes.
  std::atomic<std::uint64_t> wanted;           ///< A worker that is held goes on when so many were
  std::atomic<std::uint64_t> wanted_bytes;     ///< delivered, and so many bytes.

  /// As for a task that is new.
  void reset() noexcept {
    cancel = false;
    held = 0;
    delivered = 0;
    delivered_bytes = 0;
  }

  /// Messages were delivered: a worker that waits for that goes on.
  /// @thread The parent's.
  void deliver(std::size_t bytes) noexcept {
    delivered_bytes += bytes;
    ++delivered;
    if (held != 0 && delivered >= wanted && delivered_bytes >= wanted_bytes) release();
  }

  /// A worker that is held goes on.
  /// @thread The parent's.
  void release() noexcept {
    held = 0;
    futex_wake(held);
  }

  /// Moves it from one state to another; false if it was in none of the first.
  bool move(cell_state from, cell_state to) noexcept {
    return state.compare_exchange_strong(from, to);
  }
};

static_assert(sizeof(cell) <= 64 && std::atomic<cell_state>::is_always_lock_free &&
              std::atomic<std::uint64_t>::is_always_lock_free);

/// The cells of one worker process.
class control_page {
 public:
  static constexpr std::uint16_t cell_count = 256;

  /// In the parent. @errors std::system_error.
  control_page() : memory_("offstage-control", size_bytes) {}

  /// In the child: the page that was inherited. @errors std::system_error.
  explicit control_page(descriptor inherited) : memory_(std::move(inherited), size_bytes) {}

  cell& at(std::uint16_t index) const noexcept { return static_cast<cell*>(memory_.data())[index]; }

  int handle() const noexcept { return memory_.handle(); }

 private:
  static constexpr std::size_t size_bytes = cell_count * sizeof(cell);

  shared_memory memory_;
};

}  // namespace offstage
