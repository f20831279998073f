// current_node: the actor system of a worker process.
//
// Question: where does a task in a worker process spawn actors?
// Zone:     child.
#pragma once

#include <caf/actor_system.hpp>

namespace offstage {

/// The actor system of the worker process that the calling task runs in: a node of its own, with
/// one thread for scheduled actors. It is made when it is first asked for. Actors that are spawned
/// there may live on when the task has ended, and end with the process, whenever that is.
/// @thread The task's worker.
/// @errors not_in_worker in a process that is no worker: there actors belong to the application's
///   own system. std::system_error where its threads cannot be had; the next call tries again.
caf::actor_system& current_node();

}  // namespace offstage
