// after_death: what becomes of the tasks of a worker that ended.
//
// Question: which tasks are run by others, which are run again, and which fail?
// Zone:     pure. Hears and says the process pool only.
#pragma once

#include <cstdint>

#include "actors/pool/worker_care.h"

namespace offstage {

/// A task in the hand of a worker that has ended.
struct orphaned_task {
  bool begun = false;          ///< The worker has begun it, and may have done a part of its work.
  bool cancelled = false;      ///< Nobody wants it any more.
  bool idempotent = false;     ///< Its submitter says that it may be run twice.
  bool has_said_more = false;  ///< More than `started` was delivered.
  std::uint32_t times_retried = 0;
};

/// What becomes of it.
enum class fate : std::uint8_t {
  goes_on,    ///< Back to the front of the line, as if nothing had happened.
  abandoned,  ///< It ends as cancelled.
  retried,    ///< Back to the front of the line; it begins a second time.
  failed,     ///< It fails, with how the worker ended.
};

/// Decides it.
constexpr fate after_death(const orphaned_task& task, on_worker_death what,
                           std::uint32_t retries_max) noexcept {
  if (!task.begun) return task.cancelled ? fate::abandoned : fate::goes_on;
  const bool may = what == on_worker_death::retry && task.idempotent && !task.cancelled &&
                   !task.has_said_more && task.times_retried < retries_max;
  return may ? fate::retried : fate::failed;
}

}  // namespace offstage
