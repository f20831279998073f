// wake_event: a descriptor that becomes readable when somebody rings.
//
// Question: how does a ring from any thread, or a signal handler, get into a poll?
// Zone:     border. Hears `signal` from anywhere, is cleared and waited for at home.
#pragma once

#include <cstdint>

#include "actors/loop/deadline.h"
#include "actors/sync/process_mark.h"

namespace offstage {

/// An eventfd: set by `signal`, readable until cleared.
///
/// A copy of the process made by fork() has the same one, and what is taken there is taken away
/// from the other process.
class wake_event {
 public:
  /// What a copy of the process made by fork() has.
  enum class in_copies : std::uint8_t {
    shared,  ///< The same event, for what polls the descriptor otherwise than by its number
             ///< (epoll).
    own,     ///< One of its own, under the same number, from the first `clear` or `wait` on.
  };

  /// @errors std::system_error if the system has no descriptor left.
  explicit wake_event(in_copies copies = in_copies::shared);
  ~wake_event();
  wake_event(const wake_event&) = delete;
  wake_event& operator=(const wake_event&) = delete;

  /// @thread Any; async-signal-safe.
  void signal() noexcept;

  /// Makes the descriptor unreadable until the next signal.
  void clear() noexcept;

  /// Waits until it is set, a signal handler ran, or the moment has come; clears it.
  void wait(deadline end) noexcept;

  /// The descriptor, for polling; it stays ours.
  int descriptor() const noexcept { return descriptor_; }

 private:
  void be_of_this_process() noexcept;

  const int descriptor_;
  const in_copies copies_;
  sync::process_mark process_;  // Home's.
};

}  // namespace offstage
