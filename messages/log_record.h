// log_record: one line of a log, wherever it was written.
//
// Question: who said what, and when?
// Zone:     pure. Hears whoever logs, says it to the sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "messages/durations.h"

namespace offstage {

/// How important a log record is, from the least to the most.
enum class log_level : std::uint8_t { trace, debug, info, warning, error, off };

/// Who writes log records: the rooms of the library, and the application with its tasks.
enum class log_room : std::uint8_t {
  loop,
  router,
  future,
  executor,
  pool,
  worker,
  context,
  node,
  application,  ///< What `write_log` writes.
};

/// How many rooms there are.
inline constexpr std::size_t log_room_count = 9;

/// The name of a level, e.g. "warning".
std::string_view to_string(log_level level) noexcept;

/// The name of a room, e.g. "router".
std::string_view to_string(log_room room) noexcept;

/// One record, valid during the call of the sink.
struct log_record {
  std::chrono::system_clock::time_point time;  ///< When it was written, in whichever process.
  log_level level = log_level::info;           ///< How important it is.
  log_room room = log_room::loop;              ///< Who wrote it.

  /// The id of the process that wrote it: this one, or a worker process.
  int process = 0;

  /// The task that wrote it, as `future.id()` says in the process that submitted it; 0 if none did.
  /// A thread that a task starts writes for none.
  std::uint64_t task = 0;

  /// What happened, usually in one line; 64 KiB at most.
  std::string_view text;
};

}  // namespace offstage
