// The actor face of Offstage: for applications that have an actor system of their own.
//
// Question: what is there for actors?
// Zone:     border. Includes CAF; the front door does not.
//
//   executor_handle  spawn_executor(system, options)   an executor actor in the user's system
//   messages to it   submit_task, stop_executor, shut_down, get_state, subscribe, unsubscribe
//   tasks            task{prepare_call(function, args...)}, prepare_iteration, prepare_progress,
//                    prepare_steps, prepare_custom
//   future_handle    what submit_task is answered with
//   messages to it   cancel_task, get_state, subscribe, unsubscribe
//   from them        future_update, executor_update, to subscribers; down and exit messages
//   bridges          actor_of(future), actor_of(executor) of the plain face
//   in a worker      current_node(), the actor system of the process that a task runs in
//
//   auto desk = offstage::spawn_executor(system);
//   self->request(desk, caf::infinite, offstage::submit_task{offstage::prepare_call(slow_square,
//   12)})
//       .then([=](offstage::future_handle future) {
//         self->send(future, offstage::subscribe{caf::actor_cast<caf::actor>(self)});
//       });
#pragma once

#include "actors/face/face_messages.h"      // IWYU pragma: export
#include "actors/face/spawn_executor.h"     // IWYU pragma: export
#include "actors/future/future_messages.h"  // IWYU pragma: export
#include "actors/future/future_update.h"    // IWYU pragma: export
#include "actors/node/current_node.h"       // IWYU pragma: export
#include "actors/offstage.h"                // IWYU pragma: export
