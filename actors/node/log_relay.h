// log_relay: the log records of worker processes, in their parent.
//
// Question: which thread gives them to the sink, and what if that takes its time?
// Zone:     away. Hears the workers' rings and the lanes' thread, says records to the log.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "actors/log/log.h"
#include "actors/node/log_ring.h"

namespace offstage {

/// A thread that gives records to the log: those of worker processes, and those of threads that may
/// not be kept waiting. It sleeps while there are none.
/// @thread Any.
class log_relay final : public log::carrier {
 public:
  /// @errors std::system_error.
  log_relay();

  /// As `finish`, at once.
  ~log_relay();
  log_relay(const log_relay&) = delete;
  log_relay& operator=(const log_relay&) = delete;

  /// An eventfd, which is rung when there is something to read in a ring again.
  int bell() const noexcept;

  /// Reads a ring from now on.
  /// @param process The id of the one that writes it.
  /// @param malformed Called in the thread, at most once, if what is in it is no log.
  void enter(std::shared_ptr<log_ring> ring, int process,
             std::function<void(const std::string&)> malformed);

  /// Its process has ended: it is read to its end.
  void leave(const log_ring& ring);

  /// Takes a record of this process. Returns false after `finish`.
  bool carry(const log_record& record) noexcept override;

  /// Waits until everything was given to the log, and ends the thread; at the deadline a thread
  /// that is kept waiting is left alone, and ends when it can. No process may write any more.
  void finish(std::chrono::steady_clock::time_point deadline);

 private:
  struct state;
  static void run(const std::shared_ptr<state>& shared);

  const std::shared_ptr<state> shared_;
  std::thread thread_;
};

}  // namespace offstage
