// actor_loop: an actor's own sequence as a loop.
//
// Question: how is an actor home?
// Zone:     border. Hears the doorbell, says a message to the actor.
#pragma once

#include <caf/actor_addr.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/loop/loop.h"

namespace offstage {

/// To an actor that is home: take a turn.
struct take_turn {
  caf::strong_actor_ptr kept = nullptr;  ///< The actor, so that it is there for the turn.
};

/// The loop of an actor: home is whatever runs inside `at_home` and `turn`, which the actor calls
/// from its message handlers. It is woken by a message.
/// @thread The actor's; `wake` from any.
class actor_loop final : public loop {
 public:
  /// @param home The actor; it owns this loop.
  explicit actor_loop(caf::actor_addr home);
  ~actor_loop() override;

  /// Sends `take_turn` to the actor.
  /// @thread Any; not from a signal handler, unlike other loops.
  void wake() noexcept override;

  /// Runs `body` at home.
  template <class Body>
  auto at_home(Body&& body) {
    affinity::scope here(home());
    return body();
  }

  /// Takes a turn.
  void turn() { dispatch(); }

 private:
  const affinity& home() const noexcept;

  caf::actor_addr actor_;
};

}  // namespace offstage

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::take_turn)
