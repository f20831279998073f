#include "actors/loop/manual_loop.h"

namespace offstage {

manual_loop::manual_loop() : runnable_loop(affinity::binding::this_thread) {}

manual_loop::~manual_loop() { close(); }

void manual_loop::wake() noexcept { event_.signal(); }

void manual_loop::run() {
  require_home("manual_loop::run");
  // A wait like any other, which ends when an observer destroys the loop; so the flag is kept here.
  const auto asked = quit_;
  if (run_until([&asked] { return asked->load(std::memory_order_relaxed); })) {
    asked->store(false, std::memory_order_relaxed);
  }
}

void manual_loop::quit() noexcept {
  quit_->store(true, std::memory_order_relaxed);
  wake();
}

void manual_loop::run_for(wait& what) { run_for_messages(what, event_); }

}  // namespace offstage
