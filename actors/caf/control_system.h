// control_system: the actor system that futures and workers live in.
//
// Question: who owns the actors that must stay responsive?
// Zone:     border. Used by the rooms that create such actors.
#pragma once

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/make_actor.hpp>

#include <utility>

namespace offstage {

/// The process's control system. Its actors are inline (they work in the sender's thread), so it
/// has no threads at all, costs nothing when idle, and is never destroyed: actors may outlive every
/// context, executor and loop.
/// @thread Any.
caf::actor_system& control_system();

/// Creates an inline actor in a system.
/// @thread Any.
template <class Actor, class... Args>
caf::strong_actor_ptr make_inline_actor_in(caf::actor_system& system, Args&&... args) {
  caf::actor_config config;
  return caf::make_actor<Actor, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, config, std::forward<Args>(args)...);
}

/// Creates an inline actor in the control system.
/// @thread Any.
template <class Actor, class... Args>
caf::strong_actor_ptr make_inline_actor(Args&&... args) {
  return make_inline_actor_in<Actor>(control_system(), std::forward<Args>(args)...);
}

}  // namespace offstage
