// worker: the actor that runs one task at a time.
//
// Question: which thread runs the user's callable, and when is the worker free again?
// Zone:     away. Hears commands from the pool, says state messages through the task and `freed`.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <functional>

namespace offstage {

/// Spawns a worker in a crew system, which must have a thread for it. `freed` is called in that
/// thread after each task has ended.
/// @thread Any.
caf::actor spawn_worker(caf::actor_system& crew, std::function<void()> freed);

}  // namespace offstage
