// child_lane: a worker process's end of its lane.
//
// Question: when is what a worker says sent?
// Zone:     child. Hears the worker and its watcher, says frames to the parent.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "actors/node/child_process.h"
#include "actors/node/lane.h"
#include "actors/sync/mutex.h"
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
           std::shared_ptr<const descriptor> beside = nullptr) OFFSTAGE_EXCLUDES(mutex_);

  /// A body is about to run. What came before is sent: if the body takes the process with it, no
  /// earlier task is lost. Where nothing came before, and there is one CPU only, the parent need
  /// not be woken twice for a short body. With more of them waking it now saves time at the end.
  /// @thread The worker.
  void before_body(bool something_came_before) OFFSTAGE_EXCLUDES(mutex_);

  /// An item or a report: if it follows the one before quickly, it may wait for those that follow.
  /// @thread The worker.
  void send_soon() OFFSTAGE_EXCLUDES(mutex_);

  /// Nothing will follow soon.
  void send_now() OFFSTAGE_EXCLUDES(mutex_);

  /// Readable when something has waited long enough; then `send_late` is to be called.
  int timer() const noexcept { return timer_.get(); }

  /// @thread The watcher.
  void send_late() OFFSTAGE_EXCLUDES(mutex_);

 private:
  using clock = std::chrono::steady_clock;

  static constexpr std::chrono::microseconds quick{20};

  void arm() OFFSTAGE_REQUIRES(mutex_);
  void send_all() OFFSTAGE_REQUIRES(mutex_);

  const descriptor timer_;
  const bool one_cpu_;
  sync::mutex mutex_;
  lane_queue gathered_ OFFSTAGE_GUARDED_BY(mutex_);
  bool armed_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  // The worker's.
  clock::time_point put_last_ = {};
  clock::duration usual_pause_ = quick;
};

}  // namespace offstage
