// running_task: the task that a worker process runs.
//
// Question: whose token is to be stopped when the parent rings?
// Zone:     child. Hears the worker, says it to the watcher.
#pragma once

#include <utility>

#include "actors/node/control_page.h"
#include "actors/sync/mutex.h"
#include "actors/task/task_record.h"

namespace offstage {

/// The task that runs, if there is one.
/// @thread Any.
class running_task {
 public:
  void begin(ref<task_record> task, cell& at) OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    task_ = std::move(task);
    at_ = &at;
  }

  void end() OFFSTAGE_EXCLUDES(mutex_) {
    ref<task_record> gone;
    sync::lock held(mutex_);
    gone = std::move(task_);
    at_ = nullptr;
  }

  /// The task if it was cancelled and wants to be told; null otherwise.
  ref<task_record> cancelled() OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    if (task_ && at_->cancel && task_->takes_stop_token()) return task_;
    return nullptr;
  }

 private:
  sync::mutex mutex_;
  ref<task_record> task_ OFFSTAGE_GUARDED_BY(mutex_);
  cell* at_ OFFSTAGE_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace offstage
