// stopper: the thread that requests stop of tasks with a std::stop_token.
//
// Question: where do the user's stop callbacks run?
// Zone:     away. Hears the pool, says `request_stop` to tasks.
#pragma once

#include <memory>

#include "actors/task/task_record.h"

namespace offstage {

/// Requests stop of tasks on threads of its own, started on first use: stop callbacks are user
/// code and may take long, so they never run at home or on a worker that is needed.
///
/// A callback that does not return delays no other: while all threads are stuck another one is
/// started, so there are at most as many as tasks that run.
/// @thread Any.
class stopper {
 public:
  stopper();
  ~stopper();
  stopper(const stopper&) = delete;
  stopper& operator=(const stopper&) = delete;

  /// Asks for the stop of a task.
  void post(ref<task_record> task);

 private:
  struct shared;
  static void serve(const std::shared_ptr<shared>& state);

  std::shared_ptr<shared> state_;
};

}  // namespace offstage
