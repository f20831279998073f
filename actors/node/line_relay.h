// line_relay: what a worker process prints, line by line.
//
// Question: how do the outputs of many processes share a terminal, and what were the last words?
// Zone:     away. Read by the output thread, and asked by the reader thread.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "actors/node/child_process.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// Passes whole lines from a pipe on to a descriptor of this process, and keeps the last ones.
/// @thread Any.
class line_relay {
 public:
  static constexpr std::size_t tail_bytes_max = 64 * 1024;
  static constexpr std::size_t lines_bytes_max = 4 * 1024;

  /// @param from The reading end of a pipe, which does not block.
  /// @param to A descriptor of this process, which may block.
  line_relay(descriptor from, int to) : from_(std::move(from)), to_(to) {}

  int handle() const noexcept { return from_.get(); }

  /// Reads what is there and passes whole lines on; at the end of the pipe, what is left. Returns
  /// false then.
  /// @thread The output thread, which this may keep waiting.
  bool pass_on() OFFSTAGE_EXCLUDES(mutex_);

  /// Passes everything on that is there now, also a line without an end.
  /// @thread As above.
  void finish() OFFSTAGE_EXCLUDES(mutex_);

  /// What was printed last, as far as it has arrived: the last `tail_bytes_max` bytes, without the
  /// half of a letter at their beginning.
  std::string last_bytes() OFFSTAGE_EXCLUDES(mutex_);

  /// The last lines of that; at most `lines_bytes_max` bytes of them.
  std::string last_lines(std::size_t lines_max) OFFSTAGE_EXCLUDES(mutex_);

 private:
  bool read_some() OFFSTAGE_REQUIRES(mutex_);
  void read_rest() OFFSTAGE_REQUIRES(mutex_);
  std::string take_all() OFFSTAGE_REQUIRES(mutex_);

  const descriptor from_;
  const int to_;
  sync::mutex mutex_;
  bool ended_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  std::string waiting_ OFFSTAGE_GUARDED_BY(mutex_);  // Read, not passed on.
  std::string tail_ OFFSTAGE_GUARDED_BY(mutex_);
};

/// Both ends of a pipe for a process's output; the reading one does not block.
/// @errors std::system_error.
std::pair<descriptor, descriptor> make_output_pipe();

}  // namespace offstage
