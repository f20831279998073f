#include "actors/context/thread_event.h"

namespace offstage {

void thread_event::set() {
  {
    sync::lock held(mutex_);
    set_ = true;
  }
  became_set_.notify_all();
}

void thread_event::clear() {
  sync::lock held(mutex_);
  set_ = false;
}

bool thread_event::is_set() const {
  sync::lock held(mutex_);
  return set_;
}

bool thread_event::wait(time_limit limit) const {
  const auto end = deadline_after(limit);
  sync::lock held(mutex_);
  while (!set_) {
    if (!became_set_.wait_until(held, end)) return set_;
  }
  return true;
}

}  // namespace offstage
