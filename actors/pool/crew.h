// crew: the actor system whose threads run user code, and nothing else.
//
// Question: which threads run the workers of one pool, and when do they end?
// Zone:     away.
#pragma once

#include <caf/actor.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "messages/failure.h"

namespace offstage {

/// Worker actors with a thread for each.
///
/// Destroying it joins the threads, so it must not happen on one of them, nor while user code may
/// be stuck there. It is made and destroyed by any thread.
class crew {
 public:
  /// @errors std::system_error if the system does not grant the threads.
  /// @param prepare Called in a worker's thread before each task, as worker_calls says; may be
  /// null.
  /// @param freed Called with a worker's number, in its thread, when it has ended a task.
  crew(std::size_t worker_count, const std::function<std::optional<failure>()>& prepare,
       const std::function<void(std::size_t)>& freed);
  ~crew();
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;

  const std::vector<caf::actor>& workers() const noexcept { return workers_; }

  /// True if the calling thread is one of this crew's.
  bool has_this_thread() const noexcept;

 private:
  struct parts;

  std::unique_ptr<parts> parts_;
  std::vector<caf::actor> workers_;
};

}  // namespace offstage
