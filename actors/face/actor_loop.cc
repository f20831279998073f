#include "actors/face/actor_loop.h"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>

#include <utility>

#include "actors/loop/doorbell.h"

namespace offstage {

actor_loop::actor_loop(caf::actor_addr home)
    : loop(affinity::binding::scopes_only), actor_(std::move(home)) {}

actor_loop::~actor_loop() { close(); }

void actor_loop::wake() noexcept {
  // Without an execution unit: the actor runs on its own system's threads. The reference travels
  // with the message: were the last one dropped here, the actor would end here and its loop wait
  // for this very call.
  if (auto actor = caf::actor_cast<caf::strong_actor_ptr>(actor_)) {
    auto* const to = actor.get();
    to->enqueue(nullptr, caf::make_message_id(), caf::make_message(take_turn{std::move(actor)}),
                nullptr);
  }
}

const affinity& actor_loop::home() const noexcept { return bell()->home(); }

}  // namespace offstage
