// closed_to_cancel: a part of a thread's way that pthread_cancel does not reach.
//
// Question: where may a thread that runs the user's code be ended from outside?
// Zone:     border. Used by whatever a body calls that may not be left in the middle.
#pragma once

#include <pthread.h>

namespace offstage::sync {

/// While it lives, pthread_cancel waits; what sends and logs may not be left in the middle.
/// @thread The one that made it.
class closed_to_cancel {
 public:
  closed_to_cancel() noexcept { close(); }
  ~closed_to_cancel() { open(); }
  closed_to_cancel(const closed_to_cancel&) = delete;
  closed_to_cancel& operator=(const closed_to_cancel&) = delete;

  /// The state that the thread was in before.
  void open() noexcept { pthread_setcancelstate(before_, nullptr); }

  /// Closed again.
  void close() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace offstage::sync
