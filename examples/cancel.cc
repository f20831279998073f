// Cancelling: a task that runs and looks at its stop token, and one that still waits.

#include <iostream>
#include <stop_token>
#include <string>

#include "actors/offstage.h"

// Adds up pi for as long as nobody asks it to stop. A loop that never looked at its token would
// keep its worker; cancelling it would only be heard at its end.
double approximate_pi(std::stop_token stop) {
  double sum = 0;
  for (double n = 1; !stop.stop_requested(); n += 4) sum += 4 / n - 4 / (n + 2);
  return sum;
}

int slow_square(int n) { return n * n; }

template <class Future>
void say_states(const Future& future, const std::string& name) {
  future.on_state([name](const auto& changed) {
    std::cout << name << ": " << to_string(changed.state()) << '\n';
  });
}

int main() {
  offstage::manual_loop loop;
  // One worker, so that the second task has to wait.
  offstage::executor executor{loop, {.worker_count = 1}};

  auto pi = offstage::submit_call(executor, approximate_pi);
  auto square = offstage::submit_call(executor, slow_square, 12);
  say_states(pi, "pi");
  say_states(square, "square");
  loop.run_until([&] { return pi.state() == offstage::future_state::executing; });

  // The task that waits is cancelled at once, although the worker is busy: it never runs.
  square.cancel();
  loop.run_until(square);

  // The task that runs is asked to stop, and cancelled when it has.
  pi.cancel();
  loop.run_until(pi);
}
