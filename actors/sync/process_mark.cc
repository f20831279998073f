#include "actors/sync/process_mark.h"

#include <pthread.h>

#include <new>
#include <string>

#include "actors/errors/errors.h"

namespace offstage::sync {

constinit std::atomic<std::uint32_t> process_mark::now_{0};

process_mark::process_mark() : made_in_(now_.load(std::memory_order_relaxed)) {
  static const bool counting =
      pthread_atfork(nullptr, nullptr, count_fork) == 0 || (throw std::bad_alloc(), false);
  static_cast<void>(counting);
}

void process_mark::refuse(const char* call) {
  throw wrong_process(std::string(call) +
                      ": the object belongs to another process; this one is a copy of it");
}

void process_mark::count_fork() noexcept { now_.fetch_add(1, std::memory_order_relaxed); }

}  // namespace offstage::sync
