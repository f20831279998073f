// circuit_breaker: when a pool gives up having workers.
//
// Question: will the next worker fare any better than the last ones?
// Zone:     pure. Hears and says the process pool only.
#pragma once

#include <cstddef>
#include <string>

namespace offstage {

/// Counts workers that ended before they were of use. So many in a row open it, and it stays open:
/// what all of them have met is waiting for the next one, too.
/// @thread One at a time.
class circuit_breaker {
 public:
  /// How a worker ended that was of no use.
  enum class fault {
    died,    ///< Before it was ready, or with its first tasks not begun.
    raised,  ///< Its initializer did. Opens at once while no worker has ever been of use.
  };

  /// @param faults_max How many in a row open it; at least 1.
  explicit circuit_breaker(std::size_t faults_max) : faults_max_(faults_max) {}

  /// A worker ended; `how` is for the user.
  void failed(fault what, const std::string& how) {
    if (open()) return;
    ++in_a_row_;
    if (in_a_row_ < faults_max_ && (what == fault::died || ever_of_use_)) return;
    reason_ = "no worker process can be had: ";
    if (in_a_row_ > 1) {
      reason_ += std::to_string(in_a_row_) + " ended in a row before they had run anything; ";
      reason_ += "the last one: ";
    }
    reason_ += how;
  }

  /// A worker has run its first task.
  void proved_useful() noexcept {
    in_a_row_ = 0;
    ever_of_use_ = true;
  }

  bool open() const noexcept { return !reason_.empty(); }

  /// Why it is open; empty while it is not.
  const std::string& reason() const noexcept { return reason_; }

 private:
  const std::size_t faults_max_;
  std::size_t in_a_row_ = 0;
  bool ever_of_use_ = false;
  std::string reason_;
};

}  // namespace offstage
