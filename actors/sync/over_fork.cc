#include "actors/sync/over_fork.h"

#include <pthread.h>

#include <new>

#include "actors/sync/mutex.h"

namespace offstage::sync {

// Those of this process. Never destroyed, because objects may go after all else.
struct over_fork::all {
  mutex guard;
  over_fork* first OFFSTAGE_GUARDED_BY(guard) = nullptr;

  static all& here() {
    static all* const there = make();
    return *there;
  }

  // From before a fork until after it the list does not change.
  static void before() noexcept OFFSTAGE_ANNOTATION(no_thread_safety_analysis) {
    here().guard.lock();
    for (auto* each = here().first; each != nullptr; each = each->next_) each->take_(each->object_);
  }

  static void after() noexcept OFFSTAGE_ANNOTATION(no_thread_safety_analysis) {
    for (auto* each = here().first; each != nullptr; each = each->next_) {
      each->let_go_(each->object_);
    }
    here().guard.unlock();
  }

 private:
  static all* make() {
    auto* const made = new all;
    if (pthread_atfork(before, after, after) == 0) return made;
    delete made;
    throw std::bad_alloc();
  }
};

over_fork::over_fork(void* object, function take, function let_go)
    : object_(object), take_(take), let_go_(let_go) {
  auto& others = all::here();
  lock held(others.guard);
  next_ = others.first;
  if (next_ != nullptr) next_->previous_ = this;
  others.first = this;
}

over_fork::~over_fork() {
  auto& others = all::here();
  lock held(others.guard);
  (previous_ != nullptr ? previous_->next_ : others.first) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

}  // namespace offstage::sync
