// interruption: Ctrl-C, heard at home.
//
// Question: was this program asked to end, and by which signal?
// Zone:     border. A signal handler wakes home.
#pragma once

#include "actors/offstage.h"

namespace digest_tree {

/// Hears SIGINT and SIGTERM while it lives, and wakes the loop. The second signal kills at once,
/// as if nobody had heard the first. One at a time; made and destroyed at the loop's home.
class interruption {
 public:
  /// @errors std::system_error if the system has no descriptor left.
  explicit interruption(offstage::loop& home);
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  /// SIGINT, SIGTERM, or 0 for none yet.
  int signal() const noexcept;

  /// A descriptor that becomes readable with the signal, for waits outside the loop.
  int descriptor() const noexcept;
};

}  // namespace digest_tree
