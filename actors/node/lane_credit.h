// lane_credit: a task's credit in a worker process.
//
// Question: when is a body held whose messages are not delivered?
// Zone:     child. Hears the body; the parent repays through the cell.
#pragma once

#include <cstddef>
#include <cstdint>

#include "actors/node/control_page.h"
#include "actors/node/futex.h"
#include "actors/task/credit.h"

namespace offstage {

/// A task's credit, whose other end is in the parent.
/// @thread The task's.
class lane_credit final : public credit_link {
 public:
  explicit lane_credit(cell& at) : cell_(at) {}

  bool spend(std::size_t bytes) override {
    if (sent_ - cell_.delivered >= credit::messages_max ||
        sent_bytes_ - cell_.delivered_bytes >= credit::bytes_max) {
      hold();
    }
    if (cell_.cancel.load(std::memory_order_relaxed)) return false;
    ++sent_;
    sent_bytes_ += bytes;
    return true;
  }

  void repay(std::size_t) noexcept override {}

 private:
  // Until half of it is free again, or the task is cancelled.
  void hold() {
    const auto less = [](std::uint64_t sent, std::uint64_t half) {
      return sent > half ? sent - half : 0;
    };
    cell_.wanted = less(sent_, credit::messages_max / 2);
    cell_.wanted_bytes = less(sent_bytes_, credit::bytes_max / 2);
    while (!cell_.cancel &&
           (cell_.delivered < cell_.wanted || cell_.delivered_bytes < cell_.wanted_bytes)) {
      cell_.held = 1;
      // What came in between has seen that nobody waited.
      if (cell_.cancel ||
          (cell_.delivered >= cell_.wanted && cell_.delivered_bytes >= cell_.wanted_bytes)) {
        break;
      }
      futex_wait(cell_.held, 1);
    }
    cell_.held = 0;
  }

  cell& cell_;
  std::uint64_t sent_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace offstage
