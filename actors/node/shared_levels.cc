#include "actors/node/shared_levels.h"

#include <fcntl.h>

#include <mutex>
#include <utility>

#include "actors/log/log.h"
#include "actors/node/shared_memory.h"

namespace offstage {
namespace {

// Never destroyed: threads that outlive main may still log.
struct place {
  std::mutex mutex;
  descriptor inherited;  // Open, to be given to workers of this worker.
  shared_memory* memory = nullptr;
};

place& the_place() {
  static auto* const instance = new place;
  return *instance;
}

log::level_table& table_in(const shared_memory& memory) {
  return *static_cast<log::level_table*>(memory.data());
}

}  // namespace

int shared_levels::handle() {
  auto& where = the_place();
  std::lock_guard lock(where.mutex);
  if (where.inherited) return where.inherited.get();
  if (where.memory == nullptr) {
    where.memory = new shared_memory("offstage-levels", sizeof(log::level_table));
    log::share_levels(table_in(*where.memory));
  }
  return where.memory->handle();
}

void shared_levels::inherit(descriptor memory) {
  auto& where = the_place();
  std::lock_guard lock(where.mutex);
  descriptor other(fcntl(memory.get(), F_DUPFD_CLOEXEC, 0));
  where.memory = new shared_memory(std::move(memory), sizeof(log::level_table));
  where.inherited = std::move(other);
  log::follow_levels(table_in(*where.memory));
}

}  // namespace offstage
