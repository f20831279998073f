// spawn_executor: an executor as an actor of the user's own system.
//
// Question: how does an application of actors use Offstage as actors?
// Zone:     border.
#pragma once

#include <caf/actor_system.hpp>

#include "actors/executor/executor.h"
#include "actors/face/face_messages.h"
#include "actors/future/future.h"
#include "actors/future/future_actor.h"

namespace offstage {

/// Spawns an executor actor in `system`. Its futures live there, too; its workers in the context.
///
/// Home is the executor actor's own sequence. The system and the context must outlive it.
/// @thread Any.
/// @errors What the constructor of `executor` throws.
executor_handle spawn_executor(caf::actor_system& system, executor_options options = {});

/// The actor of a future of the plain face.
/// @thread Any.
/// @errors not_done if the handle is not valid.
template <class Future>
future_handle actor_of(const basic_future<Future>& future) {
  if (!future.valid()) throw not_done("actor_of: expected a future of a task, found none");
  return handle_of(*future.shared_core());
}

/// An actor that stands for an executor of the plain face, at that executor's home: it takes the
/// same messages as one that was spawned, and does not end with it, but answers errors then. Those
/// who subscribed through it are told as long as somebody holds it.
/// @thread Home.
executor_handle actor_of(const executor& executor);

}  // namespace offstage
