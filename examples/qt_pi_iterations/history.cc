#include "examples/qt_pi_iterations/history.h"

namespace pi_plot {

history::history(std::size_t kept_max) : kept_max_(kept_max) { kept_.reserve(kept_max); }

void history::add(const approximation& next) {
  latest_ = next;
  if (skipped_ > 0) {
    --skipped_;
    return;
  }
  if (kept_.size() == kept_max_) {
    for (std::size_t i = 0; 2 * i < kept_.size(); ++i) kept_[i] = kept_[2 * i];
    kept_.resize(kept_max_ / 2);
    spacing_ *= 2;
  }
  kept_.push_back(next);
  skipped_ = spacing_ - 1;
}

}  // namespace pi_plot
