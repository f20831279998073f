// latest_update: the one update of a task's latest value that a subscriber has not looked into.
//
// Question: what does a slow subscriber get of a task that reports faster than it listens?
// Zone:     border. Filled at home, emptied by the subscriber in any thread.
#pragma once

#include <memory>
#include <string_view>
#include <typeinfo>

#include "actors/ref/ref.h"
#include "actors/sync/mutex.h"
#include "actors/task/carried.h"

namespace offstage {

/// What one subscriber has not looked into of a task that wants only its latest value delivered.
///
/// While the subscriber has an update that it neither looked into nor destroyed, a newer value
/// takes the place of the one in it; so its mailbox has one such update at most, and that one is
/// always up to date.
class undelivered_latest : public std::enable_shared_from_this<undelivered_latest> {
 public:
  /// Takes the newest value; returns what an update is to carry, or null if one is on its way
  /// already.
  /// @thread Home.
  ref<attachment> put(const ref<attachment>& newest) OFFSTAGE_EXCLUDES(mutex_);

 private:
  class carrier;

  ref<attachment> exchange(ref<attachment> by) OFFSTAGE_EXCLUDES(mutex_);

  sync::mutex mutex_;
  ref<attachment> newest_ OFFSTAGE_GUARDED_BY(mutex_);  // Null unless an update is on its way.
};

}  // namespace offstage
