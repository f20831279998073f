#include "actors/caf/control_system.h"

#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>

#include "actors/caf/own_thread.h"

namespace offstage {

caf::actor_system& control_system() {
  struct parts {
    caf::actor_system_config config;
    caf::actor_system system;

    // The one scheduler of CAF without threads: none of our actors here is ever scheduled.
    parts() : system(config.set("scheduler.policy", caf::atom("testing"))) {}
  };
  static auto* const instance = [] {
    parts* made = nullptr;
    in_own_thread([&] { made = new parts; });
    return made;
  }();
  return instance->system;
}

}  // namespace offstage
