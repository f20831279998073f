#include "examples/qt_pi_iterations/plot_range.h"

#include <algorithm>
#include <cmath>

namespace pi_plot {
namespace {

struct round_number {
  double value;
  int exponent;  ///< Of ten, of its only digit.
};

// The smallest 1, 2 or 5 times a power of ten that is `least` or more.
round_number round_up(double least) {
  const int exponent = static_cast<int>(std::floor(std::log10(least)));
  const double power = std::pow(10.0, exponent);
  for (const double digit : {1.0, 2.0, 5.0}) {
    if (digit * power >= least) return {digit * power, exponent};
  }
  return {10 * power, exponent + 1};
}

}  // namespace

bool suits(const plot_range& range, const approximation& latest) {
  const double half = half_width(latest.points);
  return latest.points <= range.points_max && latest.points >= range.points_max / 10 &&
         latest.pi - half >= range.low && latest.pi + half <= range.high;
}

plot_range range_around(const approximation& latest) {
  plot_range range;
  // One more than there are: a range that is full already would not last.
  range.points_max = std::llround(round_up(static_cast<double>(latest.points) + 1).value);
  const auto step = round_up(2 * half_width(range.points_max));
  range.step = step.value;
  range.decimals = std::max(0, -step.exponent);
  const double middle = std::round(latest.pi / step.value);
  range.low = (middle - 3) * step.value;
  range.high = (middle + 3) * step.value;
  return range;
}

}  // namespace pi_plot
