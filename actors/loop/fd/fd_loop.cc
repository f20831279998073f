#include "actors/loop/fd/fd_loop.h"

namespace offstage {

fd_loop::fd_loop() : runnable_loop(affinity::binding::this_thread) {}

fd_loop::~fd_loop() { close(); }

void fd_loop::dispatch() {
  require_home("fd_loop::dispatch");
  event_.clear();
  turn();
}

void fd_loop::wake() noexcept { event_.signal(); }

void fd_loop::run_for(wait& what) { run_for_messages(what, event_); }

}  // namespace offstage
