// shared_flags: flags that processes set and wait for.
//
// Question: where is an event that another process may set?
// Zone:     border. Used by contexts, and by the tasks in worker processes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "actors/node/shared_memory.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// A row of flags in memory that a process shares with its worker processes.
/// @thread Any.
class shared_flags {
 public:
  static constexpr std::uint32_t flag_count = 16384;

  /// The flags of this process, for its own workers.
  /// @errors std::system_error.
  static shared_flags& own();

  /// In a worker process: the flags of its parent; null elsewhere.
  static shared_flags* parents() noexcept;

  /// In a worker process: the flags of the parent are behind this descriptor.
  /// @errors std::system_error.
  static void inherit(descriptor flags);

  /// Takes a flag that nobody uses, lowered.
  /// @errors std::system_error if there is none.
  std::uint32_t take() OFFSTAGE_EXCLUDES(mutex_);

  /// Gives a flag back.
  void give_back(std::uint32_t index) noexcept OFFSTAGE_EXCLUDES(mutex_);

  void set(std::uint32_t index) noexcept;
  void clear(std::uint32_t index) noexcept;
  bool is_set(std::uint32_t index) const noexcept;

  /// Waits until it is set, or `limit` has passed (none: for ever); returns whether it is set.
  bool wait(std::uint32_t index, std::optional<std::chrono::nanoseconds> limit) const noexcept;

  int handle() const noexcept { return memory_->handle(); }

 private:
  explicit shared_flags(std::unique_ptr<shared_memory> memory) : memory_(std::move(memory)) {}
  std::atomic<std::uint32_t>& at(std::uint32_t index) const noexcept;

  const std::unique_ptr<shared_memory> memory_;
  sync::mutex mutex_;
  std::uint32_t used_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  std::vector<std::uint32_t> free_ OFFSTAGE_GUARDED_BY(mutex_);
};

}  // namespace offstage
