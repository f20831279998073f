#include "actors/node/worker_entry.h"

#include <atomic>
#include <cstdlib>

#include "actors/node/node_main.h"
#include "actors/node/node_setup.h"

namespace offstage {
namespace {

std::atomic<bool> called{false};
std::atomic<bool> in_worker{false};

}  // namespace

void worker_entry(int, char**) {
  called = true;
  if (std::getenv(node_mark) == nullptr) return;
  // Programs that are started by tasks are no workers.
  unsetenv(node_mark);
  in_worker = true;
  node_main();
}

bool worker_entry_called() noexcept { return called; }

bool is_worker_process() noexcept { return in_worker; }

int worker_depth() noexcept {
  const auto* const depth = std::getenv(node_depth);
  return depth == nullptr ? 0 : std::atoi(depth);
}

}  // namespace offstage
