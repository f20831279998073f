// future_actor: the future as an actor.
//
// Question: how do actors find and make futures?
// Zone:     border.
#pragma once

#include <caf/actor_system.hpp>

#include "actors/future/future_core.h"
#include "actors/future/future_messages.h"

namespace offstage {

/// Creates a future actor in an actor system, which must outlive it.
/// @thread Any.
ref<future_core> make_future_in(caf::actor_system& system, ref<task_record> record,
                                future_core::owner* executor);

/// The actor of a future.
/// @thread Any.
future_handle handle_of(future_core& future);

}  // namespace offstage
