// circuit_breaker: when a pool gives up having workers.
//
// Question: will the next worker fare any better than the last ones?
// Zone:     pure. Hears and says the process pool only.
#pragma once

#include <cstddef>
#include <string>

namespace offstage {

/// Counts workers that ended before they were of use. So many that died open it, and it stays open:
/// what all of them have met is waiting for the next one, too. What made an initializer raise may
/// be gone the next time (a device is plugged in), so that only those who wait are given up.
/// @thread One at a time.
class circuit_breaker {
 public:
  /// How a worker ended that was of no use.
  enum class fault {
    died,    ///< Before it was ready, or with its first tasks not begun.
    raised,  ///< Its initializer did.
  };

  /// @param faults_max How many of a sort open it, or give up those who wait; at least 1. None is
  ///   between them that was of use.
  explicit circuit_breaker(std::size_t faults_max) : faults_max_(faults_max) {}

  /// A worker ended; `how` is for the user.
  void failed(fault what, const std::string& how) {
    if (open()) return;
    auto& count = what == fault::died ? died_ : raised_;
    if (++count < faults_max_) return;
    (what == fault::died ? reason_ : doubt_) = text_for(count, how);
  }

  /// A worker has run its first task.
  void proved_useful() noexcept {
    died_ = 0;
    raised_ = 0;
    doubt_.clear();
  }

  bool open() const noexcept { return !reason_.empty(); }

  /// Why it is open; empty while it is not.
  const std::string& reason() const noexcept { return reason_; }

  /// Why those who wait are not to wait for another try; empty while they are.
  const std::string& doubt() const noexcept { return doubt_; }

 private:
  static std::string text_for(std::size_t count, const std::string& how) {
    std::string out = "no worker process can be had: ";
    if (count > 1) {
      out += std::to_string(count) + " ended in a row before they had run anything; ";
      out += "the last one: ";
    }
    return out + how;
  }

  const std::size_t faults_max_;
  std::size_t died_ = 0;
  std::size_t raised_ = 0;
  std::string reason_;
  std::string doubt_;
};

}  // namespace offstage
