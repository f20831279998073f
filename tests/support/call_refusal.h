// call_refusal: a system that refuses what the parent of worker processes asks for.
//
// Question: what becomes of a worker that cannot be signalled, or not be watched?
// Zone:     border. Takes the place of syscall and epoll_ctl in the test's process.
#pragma once

namespace offstage::testing {

/// While it lives, signals through pidfds are not sent. One at a time.
class signal_refusal {
 public:
  /// @param error What the caller is told, e.g. EPERM; 0: that the signal was sent.
  explicit signal_refusal(int error);
  ~signal_refusal();
  signal_refusal(const signal_refusal&) = delete;
  signal_refusal& operator=(const signal_refusal&) = delete;

  /// How many were refused since.
  int refused() const;
};

/// While it lives, one descriptor more than these cannot be watched (ENOSPC): the next call of
/// epoll_ctl that adds one and that comes after so many others. One at a time.
class watch_refusal {
 public:
  explicit watch_refusal(int granted_before);
  ~watch_refusal();
  watch_refusal(const watch_refusal&) = delete;
  watch_refusal& operator=(const watch_refusal&) = delete;

  bool refused() const;
};

}  // namespace offstage::testing
