#include "actors/caf/control_system.h"

#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>

namespace offstage {

caf::actor_system& control_system() {
  struct parts {
    caf::actor_system_config config;
    caf::actor_system system;

    // The one scheduler of CAF without threads: none of our actors here is ever scheduled.
    parts() : system(config.set("scheduler.policy", caf::atom("testing"))) {}
  };
  static auto* const instance = new parts;
  return instance->system;
}

}  // namespace offstage
