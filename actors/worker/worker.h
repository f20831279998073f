// worker: the actor that runs one task at a time.
//
// Question: which thread runs the user's callable, and when is the worker free again?
// Zone:     away. Hears commands from the pool, says state messages through the task and `freed`.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <functional>
#include <optional>

#include "messages/failure.h"

namespace offstage {

/// What a worker does around its tasks, in the thread that runs them.
struct worker_calls {
  /// Before each task; a failure is the task's end, and its callable is not called. May be null.
  std::function<std::optional<failure>()> prepare;

  /// After each task has ended.
  std::function<void()> freed;
};

/// Spawns a worker in a crew system, which must have a thread for it.
/// @thread Any.
caf::actor spawn_worker(caf::actor_system& crew, worker_calls calls);

}  // namespace offstage
