// worker_hands: all workers of a pool of processes, and the tasks in their hands.
//
// Question: who is next, on which worker?
// Zone:     border. Hears and says the process crew only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "actors/pool/recycling.h"
#include "actors/pool/waiting_line.h"
#include "actors/pool/worker_hand.h"

namespace offstage {

/// Gives tasks to workers and takes them back.
/// @thread One at a time, with the crew's lock held.
class worker_hands {
 public:
  using workers = std::map<node*, std::unique_ptr<worker_hand>>;

  /// Nodes to which something is to be sent.
  using touched = std::vector<std::shared_ptr<node>>;

  /// How many workers there are.
  struct census {
    std::size_t staying = 0;  ///< Those that are, or will be, of use for a while.
    std::size_t serving = 0;  ///< Of those, the ones that take tasks.
    std::size_t busy = 0;
    std::size_t in_hand = 0;  ///< Tasks.
  };

  /// @param busy_max How many tasks may run at once.
  worker_hands(std::size_t busy_max, const recycling& limits)
      : busy_max_(busy_max), recycling_(limits) {}

  const workers& all() const noexcept { return workers_; }
  worker_hand& at(node& which) const { return *workers_.at(&which); }
  void add(node& which);
  std::unique_ptr<worker_hand> remove(node& which);
  census count() const;

  /// Gives away what waits; where nothing waits, those that have nothing get of what the richest
  /// have.
  void distribute(waiting_line& line, touched& sent_to);

  /// Has a worker take no more tasks; those that it has not begun go to the front of the line.
  static void retire(worker_hand& old, waiting_line& line);

 private:
  bool assign(worker_hand& to, ref<task_record> task, waiting_line& line, touched& sent_to);
  void take_back_for(worker_hand& idle, waiting_line& line, touched& sent_to);

  const std::size_t busy_max_;
  const recycling& recycling_;
  workers workers_;
  std::uint64_t assigned_ = 0;
};

}  // namespace offstage
