// child_log: the log of a worker process.
//
// Question: where do the records of a worker go?
// Zone:     child. Hears the log, says records to the parent.
#pragma once

#include <sys/types.h>

#include "actors/log/log.h"
#include "actors/node/child_process.h"
#include "actors/node/log_ring.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// Puts the records of this process into the ring that its parent reads. Nobody waits for the
/// parent: what does not fit is dropped and counted.
/// @thread Any.
class child_log final : public log::carrier {
 public:
  /// Takes the descriptors that the process was given (node_setup.h), and all records from now on;
  /// for the rest of the process.
  /// @errors std::system_error.
  static void begin();

  bool carry(const log_record& record) noexcept override;

 private:
  child_log();

  const pid_t process_;
  log_ring ring_;  // Its end for writing takes one message at a time, guarded by the mutex.
  const descriptor bell_;
  sync::mutex mutex_;
};

}  // namespace offstage
