// child_lane: a worker process's end of its lane.
//
// Question: when is what a worker says sent?
// Zone:     child. Hears the worker and its watcher, says frames to the parent.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "actors/node/child_process.h"
#include "actors/node/lane.h"
#include "messages/flat_message.h"

namespace offstage {

/// The exit code of a worker whose parent is gone, or speaks another language.
inline constexpr int parent_gone = 113;

/// The child's end of the lane. A message may wait a moment for those that follow it, since sending
/// each by itself would cost more than most of them. A timer, which the watcher serves, sees to it
/// that it is a moment only, whatever the task does meanwhile.
/// @thread Any, where nothing else is said. A lane that is broken ends the process.
class child_lane {
 public:
  /// @errors std::system_error.
  child_lane();

  /// Puts a frame behind those that wait.
  /// @param beside A descriptor that goes with it.
  void put(frame_kind kind, std::uint16_t cell, const flat_message& words,
           std::shared_ptr<const descriptor> beside = nullptr);

  /// A body is about to run. What came before is sent: if the body takes the process with it, no
  /// earlier task is lost. Where nothing came before, and there is one CPU only, the parent need
  /// not be woken twice for a short body. With more of them waking it now saves time at the end.
  /// @thread The worker.
  void before_body(bool something_came_before);

  /// An item or a report: if it follows the one before quickly, it may wait for those that follow.
  /// @thread The worker.
  void send_soon();

  /// Nothing will follow soon.
  void send_now();

  /// Readable when something has waited long enough; then `send_late` is to be called.
  int timer() const noexcept { return timer_.get(); }

  /// @thread The watcher.
  void send_late();

 private:
  using clock = std::chrono::steady_clock;

  static constexpr std::chrono::microseconds quick{20};

  void arm();
  void send_all();

  const descriptor timer_;
  const bool one_cpu_;
  std::mutex mutex_;
  lane_queue gathered_;
  bool armed_ = false;
  clock::time_point put_last_ = {};
  clock::duration usual_pause_ = quick;
};

}  // namespace offstage
