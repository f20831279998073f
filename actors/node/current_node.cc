#include "actors/node/current_node.h"

#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/io/middleman.hpp>

#include <cstdint>
#include <exception>
#include <future>
#include <thread>
#include <vector>

#include "actors/caf/own_thread.h"
#include "actors/errors/errors.h"
#include "actors/node/worker_entry.h"

namespace offstage {
namespace {

struct node_config : caf::actor_system_config {
  node_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::int64_t{1});
    // Gives the node its name, and lets its actors talk to other nodes.
    load<caf::io::middleman>();
  }
};

// CAF's worker, clock, printer and multiplexer.
constexpr int system_threads = 4;

// CAF waits for ever when it can have some of its threads but not all of them, so this asks for as
// many before it does.
void require_threads() {
  std::promise<void> go;
  const auto gone = go.get_future().share();
  std::vector<std::thread> probes;
  std::exception_ptr refused;
  try {
    for (int i = 0; i < system_threads; ++i) probes.emplace_back([gone] { gone.wait(); });
  } catch (...) {
    refused = std::current_exception();
  }
  go.set_value();
  for (auto& each : probes) each.join();
  if (refused) std::rethrow_exception(refused);
}

struct node_system {
  node_config config;
  caf::actor_system system{config};
};

}  // namespace

caf::actor_system& current_node() {
  if (!is_worker_process()) {
    throw not_in_worker("current_node: expected a task in a worker process, found no such process");
  }
  // Never destroyed: that would wait for its actors.
  static auto* const instance = [] {
    node_system* made = nullptr;
    in_own_thread([&] {
      require_threads();
      made = new node_system;
    });
    return made;
  }();
  return instance->system;
}

}  // namespace offstage
