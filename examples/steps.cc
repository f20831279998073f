// Steps: a task that says which step it is in, and how much of the whole is done.

#include <iostream>

#include "actors/offstage.h"

int install(offstage::steps_reporter& steps) {
  steps.step("unpacking", 2);
  steps.step("copying", 5);
  steps.check();  // A place where a cancel takes effect, without a report.
  steps.step("tidying up");
  steps.stop("installed");
  return 8;
}

int main() {
  offstage::manual_loop loop;
  offstage::executor executor{loop};

  auto future = offstage::submit_steps(executor, 8, "waiting", install);
  const auto show = [](const auto& steps) {
    std::cout << steps.complete() << " of " << steps.total() << ": " << steps.message() << '\n';
  };
  show(future);
  future.on_message(show);
  loop.run_until(future);
  return future.result() == 8 ? 0 : 1;
}
