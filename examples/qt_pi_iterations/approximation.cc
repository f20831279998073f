#include "examples/qt_pi_iterations/approximation.h"

#include <cmath>
#include <numbers>
#include <random>

namespace pi_plot {

double half_width(std::int64_t points) {
  // Each point is in the circle with the probability p = pi / 4; four times their share has the
  // standard error 4 sqrt(p (1 - p) / n).
  constexpr double pi = std::numbers::pi;
  return 1.96 * std::sqrt(pi * (4 - pi) / static_cast<double>(points));
}

offstage::generator<approximation> approximate_pi(std::int64_t points_each) {
  std::mt19937_64 random{std::random_device{}()};
  std::uniform_real_distribution<double> coordinate(-1.0, 1.0);
  std::int64_t inside = 0;
  for (std::int64_t points = points_each;; points += points_each) {
    for (std::int64_t i = 0; i < points_each; ++i) {
      const double x = coordinate(random);
      const double y = coordinate(random);
      inside += x * x + y * y <= 1.0 ? 1 : 0;
    }
    co_yield approximation{points, 4 * static_cast<double>(inside) / static_cast<double>(points)};
  }
}

}  // namespace pi_plot
