// plot_range: the part of the plane that the plot shows.
//
// Question: where do the axes begin and end?
// Zone:     pure.
#pragma once

#include <cstdint>

#include "examples/qt_pi_iterations/approximation.h"

namespace pi_plot {

/// From zero to `points_max` points, and from `low` to `high`, a multiple of `step` apart, all of
/// them round numbers.
struct plot_range {
  std::int64_t points_max = 0;
  double low = 0;
  double high = 0;
  double step = 1;
  int decimals = 0;  ///< That a multiple of `step` has.

  bool operator==(const plot_range&) const = default;
};

/// Whether the latest approximation and the band around it can be seen, and have not begun anew at
/// the left end.
bool suits(const plot_range& range, const approximation& latest);

/// A range in which the latest approximation is somewhere right of 40 % of the width, so that it
/// need not change often, and the band around it is a sixth of the height or less, so that there is
/// room for what came before. The first approximations, which are bad ones, are beyond it.
plot_range range_around(const approximation& latest);

}  // namespace pi_plot
