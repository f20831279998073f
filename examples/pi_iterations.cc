// An iteration: ever better approximations of pi, with their standard error, until it is cancelled.

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "actors/offstage.h"

struct approximation {
  long points = 0;
  double pi = 0;
  double standard_error = 0;
};

// It has no end: an iteration is cancelled between two items.
offstage::generator<approximation> approximate_pi(long points_each) {
  std::mt19937_64 random(42);
  std::uniform_real_distribution<double> coordinate(-1.0, 1.0);
  long inside = 0;
  for (long points = points_each;; points += points_each) {
    for (long i = 0; i < points_each; ++i) {
      const double x = coordinate(random);
      const double y = coordinate(random);
      inside += x * x + y * y <= 1.0 ? 1 : 0;
    }
    const double part = static_cast<double>(inside) / static_cast<double>(points);
    co_yield approximation{points, 4 * part,
                           4 * std::sqrt(part * (1 - part) / static_cast<double>(points))};
  }
}

int main(int argc, char** argv) {
  const double wanted_error = argc > 1 ? std::atof(argv[1]) : 0.001;
  offstage::manual_loop loop;
  offstage::executor executor{loop};

  auto future = offstage::submit_iteration(executor, approximate_pi, 100000L);
  future.on_item([=](const auto& iteration, const approximation& now) {
    std::cout << now.pi << " +- " << now.standard_error << " after " << now.points << " points\n";
    if (now.standard_error < wanted_error) iteration.cancel();
  });
  loop.run_until(future);
  std::cout << to_string(future.state()) << '\n';
  return future.state() == offstage::future_state::cancelled ? 0 : 1;
}
