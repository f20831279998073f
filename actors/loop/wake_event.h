// wake_event: a descriptor that becomes readable when somebody rings.
//
// Question: how does a ring from any thread, or a signal handler, get into a poll?
// Zone:     border. Hears `signal` from anywhere, is cleared and waited for at home.
#pragma once

#include "actors/loop/deadline.h"

namespace offstage {

/// An eventfd: set by `signal`, readable until cleared.
class wake_event {
 public:
  /// @errors std::system_error if the system has no descriptor left.
  wake_event();
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
  int descriptor_;
};

}  // namespace offstage
