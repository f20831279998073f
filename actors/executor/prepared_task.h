// prepared_task: a task that can be submitted, once.
//
// Question: what does a kind of task hand to an executor?
// Zone:     pure. Hears the kinds of tasks, says it to executors of both faces.
#pragma once

#include <memory>
#include <utility>

#include "actors/future/future_core.h"
#include "actors/ref/ref.h"
#include "actors/task/task_record.h"

namespace offstage {

/// A task record (null: the task was taken before), and what takes its messages in the middle (null
/// for a plain call).
struct prepared_task {
  ref<task_record> record;
  std::unique_ptr<middle_receiver> middle = nullptr;
};

/// A prepared task whose handle is a `Future`. It can be submitted once; one that was submitted or
/// moved from is refused with task_taken.
template <class Future>
struct prepared : prepared_task {
  using future_type = Future;
};

}  // namespace offstage
