// task_failed: what asking a failed future for its result throws.
//
// Question: how does a failure become an exception again?
// Zone:     home.
#pragma once

#include <stdexcept>
#include <utility>

#include "messages/failure.h"

namespace offstage {

/// The result of a failed future was asked for. Where the failure happened in this process, the
/// user's own exception is nested in this one (std::rethrow_if_nested).
class task_failed : public std::runtime_error {
 public:
  explicit task_failed(failure why) : std::runtime_error(why.summary()), why_(std::move(why)) {}

  /// Why the task failed.
  const failure& why() const noexcept { return why_; }

 private:
  failure why_;
};

/// Throws a task_failed with the original exception nested, where there is one.
[[noreturn]] void throw_task_failed(const failure& why);

}  // namespace offstage
