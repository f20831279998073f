// face_messages: what actors say to an executor, and hear from it.
//
// Question: which messages does an executor actor speak?
// Zone:     border. Every actor of this process may send and receive them.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <memory>
#include <utility>

#include "actors/executor/executor_state.h"
#include "actors/executor/prepared_task.h"
#include "actors/future/future_messages.h"
#include "actors/loop/deadline.h"

namespace offstage {

/// A task on its way to an executor actor: what `prepare_call` and its sisters make becomes one.
/// Copies are the same task, which can be submitted once.
/// @thread Any; one at a time.
class task {
 public:
  /// No task.
  task() = default;

  /// The task that was prepared.
  template <class Future>
  task(prepared<Future> made) : made_(std::make_shared<prepared_task>(std::move(made))) {}

  /// Takes the task out; its record is null if there is none or it was taken before.
  prepared_task take() { return made_ ? std::move(*made_) : prepared_task{}; }

 private:
  std::shared_ptr<prepared_task> made_;
};

/// To an executor: take this task. Answered with the handle of its future, or with an error:
/// `sec::invalid_argument` if the task was submitted before, `sec::request_receiver_down` if the
/// executor takes no tasks any more, `sec::runtime_error` if its workers cannot have threads or the
/// task cannot be sent to them.
struct submit_task {
  task what;
};

/// To an executor: stop, as `executor::stop(grace)`; ignored unless it runs.
struct stop_executor {
  /// After it, tasks that can be are ended by force; without one, none is.
  time_limit grace = std::nullopt;
};

/// To an executor: cancel everything, as `executor::shutdown(limit, grace)`. Answered when all
/// tasks have ended or the time is up; nothing blocks meanwhile.
struct shut_down {
  /// How long to wait at most.
  time_limit limit = std::nullopt;
  /// After it, tasks that can be are ended by force; without one, none is.
  time_limit grace = std::nullopt;
};

/// From an executor, to its subscribers: the state is a new one. An executor does not keep its
/// subscribers alive.
struct executor_update {
  executor_state state = executor_state::running;  ///< The new state.
};

/// The handle of an executor actor. It runs until it is sent an exit message; then it stops, waits
/// two seconds at most for its tasks, and ends; those that can be are ended by force after one and
/// a half. As every actor it also ends when the last handle is gone, and does not wait then: its
/// tasks are cancelled. Every request is answered: with `sec::request_receiver_down` if the
/// executor's home ends before it could take it.
using executor_handle = caf::typed_actor<caf::replies_to<submit_task>::with<future_handle>,
                                         caf::reacts_to<stop_executor>,
                                         caf::replies_to<shut_down>::with<shutdown_result>,
                                         caf::replies_to<get_state>::with<executor_state>,
                                         caf::reacts_to<subscribe>, caf::reacts_to<unsubscribe>>;

}  // namespace offstage

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::submit_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::stop_executor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::shut_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::shutdown_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::executor_update)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::executor_state)
