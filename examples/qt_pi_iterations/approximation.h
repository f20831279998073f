// approximation: ever better approximations of pi.
//
// Question: which item comes next, and how good is it?
// Zone:     away.
#pragma once

#include <cstdint>

#include "actors/offstage.h"

namespace pi_plot {

/// What is known after so many random points of the square around a circle.
struct approximation {
  std::int64_t points = 0;
  double pi = 0;
};

/// Half the width of the band around an approximation by `points` points (1 or more) that pi is in
/// with a probability of 95 %.
double half_width(std::int64_t points);

/// Approximations without an end, each by `points_each` points more: such an iteration is cancelled
/// between two items.
offstage::generator<approximation> approximate_pi(std::int64_t points_each);

}  // namespace pi_plot
