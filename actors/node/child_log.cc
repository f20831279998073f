#include "actors/node/child_log.h"

#include <unistd.h>

#include "actors/node/node_setup.h"
#include "messages/log_message.h"

namespace offstage {

child_log::child_log()
    : process_(getpid()), ring_(descriptor(log_descriptor)), bell_(log_bell_descriptor) {}

void child_log::begin() {
  // Never destroyed: threads that outlive main may still log.
  log::carry_for_process(*new child_log);
}

bool child_log::carry(const log_record& record) noexcept {
  // What a task has forked is no worker, and would write where the worker does.
  if (getpid() != process_) return false;
  try {
    const auto words = make_log_message(record);
    sync::lock held(mutex_);
    bool written = false;
    if (ring_.fits(words)) {
      const auto dropped = ring_.take_dropped();
      if (dropped == 0 ||
          ring_.put(make_log_message(log::dropped_notice(dropped, process_).record()))) {
        written = ring_.put(words);
      } else {
        ring_.drop(dropped);
      }
    }
    if (!written) ring_.drop(1);
  } catch (...) {
    ring_.drop(1);
  }
  if (ring_.wakes_reader()) {
    const std::uint64_t one = 1;
    [[maybe_unused]] auto rung = ::write(bell_.get(), &one, sizeof one);
  }
  return true;
}

}  // namespace offstage
