// child_segments: the shared memory of a worker process, its own and its parent's.
//
// Question: how do large values leave a worker process, and how does it read those it is given?
// Zone:     child. Hears the worker and its watcher, says notices on the lane.
#pragma once

#include <deque>
#include <memory>
#include <span>

#include "actors/node/child_lane.h"
#include "actors/node/child_process.h"
#include "actors/node/segment_library.h"
#include "actors/node/segment_store.h"
#include "messages/flat_message.h"

namespace offstage {

/// Where the worker's large values go, and where its parent's are.
/// @thread The worker, where nothing else is said.
class child_segments {
 public:
  /// @errors std::system_error.
  child_segments();

  /// Where values are written.
  segment_store& store() noexcept { return *store_; }

  /// The parent has to hear of some that were sent before more are.
  void wait_until_heard(child_lane& through);

  /// A value in this segment is about to be put on the lane; the parent learns of the segment
  /// first.
  void lend(segment_store::lease& value, child_lane& through);

  /// The parent says something of a segment.
  /// @errors As `segment_library::hear`.
  void hear(std::span<const flat_message::word> notice, std::deque<descriptor>& beside);

  /// The value in a message.
  /// @errors As `segment_library::borrow`.
  payload borrow(const payload& from) { return theirs_.borrow(from); }

  /// Readable when `trim` is to be called.
  int timer() const noexcept { return timer_.get(); }

  /// Gives memory back that was not used for a while.
  /// @thread The watcher.
  void trim(child_lane& through);

 private:
  const descriptor timer_;
  const std::shared_ptr<segment_store> store_;
  segment_library theirs_;
};

}  // namespace offstage
