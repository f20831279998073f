#include "actors/context/thread_event.h"

namespace offstage {

void thread_event::set() {
  {
    std::lock_guard lock(mutex_);
    set_ = true;
  }
  became_set_.notify_all();
}

void thread_event::clear() {
  std::lock_guard lock(mutex_);
  set_ = false;
}

bool thread_event::is_set() const {
  std::lock_guard lock(mutex_);
  return set_;
}

bool thread_event::wait(time_limit limit) const {
  const auto end = deadline_after(limit);
  std::unique_lock lock(mutex_);
  const auto is_set = [this] { return set_; };
  if (end) return became_set_.wait_until(lock, *end, is_set);
  became_set_.wait(lock, is_set);
  return true;
}

}  // namespace offstage
