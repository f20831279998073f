// future_messages: what actors say to a future, and hear from it.
//
// Question: which messages does a future actor speak?
// Zone:     border. Every actor of this process may send and receive them.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/future/future_state.h"
#include "actors/future/future_update.h"

namespace offstage {

/// To a future: cancel, as `future::cancel()`.
struct cancel_task {};

/// To a future or an executor: what is your state? Answered with a future_state or executor_state.
struct get_state {};

/// To a future or an executor: tell this actor of every change from now on; a future tells its
/// present state at once. The actor gets future_update or executor_update messages.
///
/// A future keeps its subscribers alive until it is done, as one who waits for an answer is kept;
/// an executor does not. A subscription ends with the actor.
struct subscribe {
  caf::actor who;
};

/// To a future or an executor: tell this actor nothing more. What was told before is in its mailbox
/// already.
struct unsubscribe {
  caf::actor who;
};

/// The handle of a future actor.
///
/// It ends with its future: normally if the task completed, with
/// `exit_reason::unhandled_exception` if it failed, with `exit_reason::user_shutdown` if it was
/// cancelled; actors may monitor or link it. An ended one still answers `get_state` and
/// `subscribe`. Every request is answered: with `sec::request_receiver_down` if the future's home
/// ends before it could take it.
using future_handle =
    caf::typed_actor<caf::reacts_to<cancel_task>, caf::replies_to<get_state>::with<future_state>,
                     caf::reacts_to<subscribe>, caf::reacts_to<unsubscribe>>;

}  // namespace offstage

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::cancel_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::get_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::subscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::unsubscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::future_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::future_update)
