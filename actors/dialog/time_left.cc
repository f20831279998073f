#include "actors/dialog/time_left.h"

#include <algorithm>
#include <cmath>

namespace offstage {

namespace {

using seconds = std::chrono::duration<double>;

constexpr seconds too_early = std::chrono::seconds(2);

// The longer a task runs, the longer what it did is worth knowing.
double memory_seconds(seconds elapsed) { return std::max(10.0, elapsed.count() / 4); }

}  // namespace

void time_left::saw(time_point now, std::uint64_t complete) noexcept {
  if (complete < complete_) {
    *this = time_left(now);
    complete_ = complete;
    return;
  }
  if (complete == complete_) return;
  const double gap = std::max(0.0, seconds(now - last_).count());
  const double fading = std::exp(-gap / memory_seconds(now - begin_));
  last_growth_ = static_cast<double>(complete - complete_);
  faded_amount_ = faded_amount_ * fading + last_growth_;
  faded_seconds_ = faded_seconds_ * fading + gap;
  complete_ = complete;
  last_ = now;
  ++growths_;
}

std::optional<seconds> time_left::at(time_point now, std::uint64_t total) const noexcept {
  if (growths_ < 2 || now - begin_ < too_early || total < complete_) return std::nullopt;
  if (faded_seconds_ <= 0) return std::nullopt;
  const double speed = faded_amount_ / faded_seconds_;
  const auto rest = static_cast<double>(total - complete_);
  const double gap = std::max(0.0, seconds(now - last_).count());
  // Until the next growth is seen, no more than one like the last can have been done.
  const double growth = std::min(rest, last_growth_);
  if (gap * speed <= growth) return seconds(rest / speed - gap);
  // It is overdue: from here on the pause makes the task slower.
  const double overdue = gap - growth / speed;
  const double slower = faded_amount_ / (faded_seconds_ + overdue);
  return seconds((rest - growth) / slower);
}

}  // namespace offstage
