// history: the approximations worth drawing.
//
// Question: what is kept of an iteration without an end?
// Zone:     pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "examples/qt_pi_iterations/approximation.h"

namespace pi_plot {

/// Evenly spaced approximations from the first to the latest, never more than a limit: whenever it
/// is reached every second one is dropped, and from then on only half as many are taken. The plot
/// is no wider than the screen, so more would be drawn on top of each other; and without a limit
/// memory and the time for a repaint would grow for as long as the window is open.
class history {
 public:
  /// @param kept_max An even number, 2 or more.
  explicit history(std::size_t kept_max);

  void add(const approximation& next);

  /// The first, the third, ... or whatever the spacing has become; oldest first.
  const std::vector<approximation>& kept() const { return kept_; }

  /// The last that was added, kept or not.
  const std::optional<approximation>& latest() const { return latest_; }

 private:
  std::size_t kept_max_;
  std::vector<approximation> kept_;
  std::optional<approximation> latest_;
  std::uint64_t spacing_ = 1;
  std::uint64_t skipped_ = 0;
};

}  // namespace pi_plot
