#include "actors/loop/runnable_loop.h"

#include <utility>

namespace offstage {

runnable_loop::wait::wait(const std::function<bool()>& done, deadline end) : end_(end) {
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

bool runnable_loop::run_until(const std::function<bool()>& done, timeout limit) {
  require_home("run_until");
  wait current(done, deadline_after(limit));
  if (!current.met()) {
    auto* const outer = std::exchange(innermost_, &current);
    try {
      if (passed(current.end())) {
        turn();
      } else {
        run_for(current);
      }
    } catch (...) {
      innermost_ = outer;
      throw;
    }
    innermost_ = outer;
  }
  if (current.thrown_) std::rethrow_exception(current.thrown_);
  return current.met_;
}

void runnable_loop::turn() {
  auto* const current = innermost_;
  dispatch(current != nullptr ? &current->ask_ : nullptr);
}

}  // namespace offstage
