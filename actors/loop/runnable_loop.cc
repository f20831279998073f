#include "actors/loop/runnable_loop.h"

#include "actors/loop/calling_out.h"

namespace offstage {

runnable_loop::wait::wait(const std::function<bool()>& done, deadline end, wait* outer)
    : end_(end), outer_(outer) {
  // Toolkits written in C cannot be thrown through.
  ask_ = [this, &done] {
    if (met_) return true;
    try {
      met_ = done();
    } catch (...) {
      thrown_ = std::current_exception();
      met_ = true;
    }
    return met_;
  };
}

bool runnable_loop::wait::met() { return ask_(); }

runnable_loop::~runnable_loop() {
  for (auto* each = innermost_; each != nullptr; each = each->outer_) each->loop_gone_ = true;
}

bool runnable_loop::run_until(const std::function<bool()>& done, timeout limit) {
  require_home("run_until");
  wait current(done, deadline_after(limit), innermost_);
  if (!current.met()) {
    innermost_ = &current;
    // Conditions of outer waits are asked in the middle of a turn, and so may values be destroyed:
    // what is left of that turn is for this wait.
    const calling_out now(bell().get());
    const auto leave = [&] {
      if (!current.loop_gone_) innermost_ = current.outer_;
    };
    try {
      if (passed(current.end())) {
        turn();
      } else {
        run_for(current);
      }
    } catch (...) {
      leave();
      throw;
    }
    leave();
  }
  if (current.thrown_) std::rethrow_exception(current.thrown_);
  return current.met_;
}

void runnable_loop::run_for_messages(wait& what, wake_event& rung) {
  do {
    rung.wait(what.end());
    turn();
  } while (!what.over());
}

void runnable_loop::turn() {
  auto* const current = innermost_;
  dispatch(current != nullptr ? &current->ask_ : nullptr);
}

}  // namespace offstage
