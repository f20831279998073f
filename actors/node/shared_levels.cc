#include "actors/node/shared_levels.h"

#include <fcntl.h>

#include <atomic>
#include <memory>
#include <utility>

#include "actors/log/log.h"
#include "actors/node/shared_memory.h"
#include "actors/sync/mutex.h"

namespace offstage {
namespace {

// Never destroyed: threads that outlive main may still log.
struct place {
  sync::mutex mutex;
  // Open, to be given to workers of this worker.
  descriptor inherited OFFSTAGE_GUARDED_BY(mutex);
  std::unique_ptr<shared_memory> memory OFFSTAGE_GUARDED_BY(mutex);
  place* before = nullptr;  // Of the process that this one is a copy of: kept, and not looked at.
};

std::atomic<place*>& the_place() {
  static std::atomic<place*> instance{new place};
  return instance;
}

log::level_table& table_in(const shared_memory& memory) {
  return *static_cast<log::level_table*>(memory.data());
}

}  // namespace

int shared_levels::handle() {
  auto& here = *the_place().load();
  sync::lock held(here.mutex);
  if (here.inherited) return here.inherited.get();
  if (!here.memory) {
    here.memory = std::make_unique<shared_memory>("offstage-levels", sizeof(log::level_table));
    log::share_levels(table_in(*here.memory));
  }
  return here.memory->handle();
}

void shared_levels::inherit(descriptor memory) {
  // In a copy of another process its place is there, and not to be touched.
  auto fresh = std::make_unique<place>();
  {
    sync::lock held(fresh->mutex);
    fresh->inherited = descriptor(fcntl(memory.get(), F_DUPFD_CLOEXEC, 0));
    fresh->memory = std::make_unique<shared_memory>(std::move(memory), sizeof(log::level_table));
    log::follow_levels(table_in(*fresh->memory));
  }
  fresh->before = the_place();
  the_place() = fresh.release();
}

}  // namespace offstage
