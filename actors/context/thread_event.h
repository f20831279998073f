// thread_event: an event between threads of this process.
//
// Question: how do threads wait for a flag without polling?
// Zone:     border.
#pragma once

#include "actors/context/event.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// A flag under a mutex, with a condition to wait for.
/// @thread Any.
class thread_event final : public event_state {
 public:
  void set() override;
  void clear() override;
  bool is_set() const override;
  bool wait(time_limit limit) const override;

 private:
  mutable sync::mutex mutex_;
  mutable sync::condition became_set_;
  bool set_ OFFSTAGE_GUARDED_BY(mutex_) = false;
};

}  // namespace offstage
