// progress: what a task reports through.
//
// Question: how does a body say how far it is, and learn that it is cancelled?
// Zone:     away. Hears the user's callable, says reports to the task.
#pragma once

#include <utility>

#include "actors/errors/errors.h"

namespace offstage {

/// Reports values of type `P` home; the first parameter of a callable given to `submit_progress`.
///
/// To test such a callable alone, derive from it and give it yours.
/// @thread The worker that calls the callable, one thread at a time; not after it has returned.
template <class P>
class progress {
 public:
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  virtual ~progress() = default;

  /// Sends a report home, after a look at whether the task was cancelled. Waits while too many
  /// reports are on their way, if all of them are to be delivered.
  /// @errors task_cancelled if the task was cancelled: let it pass, or clean up and return.
  void report(P value) {
    if (!do_report(std::move(value))) throw task_cancelled("the task was cancelled");
  }

  /// The same.
  void operator()(P value) { report(std::move(value)); }

  /// True if the task was cancelled.
  bool cancelled() const { return is_cancelled(); }

  /// A look at whether the task was cancelled, without a report.
  /// @errors task_cancelled if so.
  void check() const {
    if (is_cancelled()) throw task_cancelled("the task was cancelled");
  }

 protected:
  /// A reporter of nothing yet.
  progress() = default;

  /// Sends the value; returns false if the task was cancelled.
  virtual bool do_report(P value) = 0;

  /// True if the task was cancelled.
  virtual bool is_cancelled() const = 0;
};

}  // namespace offstage
