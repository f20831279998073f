// idempotent: a callable that may be called twice for the same task.
//
// Question: how does a submitter say that a task may be run again?
// Zone:     home. Hears the user, says it to the submit functions.
#pragma once

#include <type_traits>
#include <utility>

namespace offstage {

/// A callable with that mark; made by `idempotent`.
template <class Function>
struct idempotent_callable {
  Function function;  ///< The callable itself.
};

/// Marks a callable: `submit_call(executor, idempotent(resize), path)`. Being called once, or once
/// up to any point and then once more, comes to the same; so a pool with on_worker_death::retry may
/// run the task again when its worker died. Elsewhere the mark changes nothing. It goes with
/// `submit_call`, `submit_iteration`, `submit_progress` and `submit_steps`.
/// @thread Any.
template <class Function>
idempotent_callable<std::decay_t<Function>> idempotent(Function&& function) {
  return {std::forward<Function>(function)};
}

namespace detail {

// A prepared task whose callable was marked.
template <class Prepared>
Prepared marked_idempotent(Prepared task) {
  task.record->mark_idempotent();
  return task;
}

}  // namespace detail

}  // namespace offstage
