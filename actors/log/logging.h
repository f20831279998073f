// logging: what a user may set about Offstage's logs.
//
// Question: which records are kept, and where do they go?
// Zone:     border. Any thread may log; the sink is called in the thread that logs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace offstage {

/// How important a log record is, from the least to the most.
enum class log_level : std::uint8_t { trace, debug, info, warning, error, off };

/// The rooms of the library; each has a logger of its own, named `offstage.<room>`.
enum class log_room : std::uint8_t { loop, router, future, executor, pool, worker, context, node };

/// The name of a room, e.g. "router".
std::string_view to_string(log_room room) noexcept;

/// One record, valid during the call of the sink.
struct log_record {
  std::chrono::system_clock::time_point time;  ///< When it was written.
  log_level level = log_level::info;           ///< How important it is.
  log_room room = log_room::loop;              ///< Which room wrote it.
  std::string_view text;                       ///< What happened, in one line.
};

/// Keeps records of at least this level, in every room. The default is `warning`.
/// @thread Any; running threads see it at their next record.
void set_log_level(log_level level);

/// Keeps records of at least this level in one room.
/// @thread Any.
void set_log_level(log_room room, log_level level);

/// Sends every record to `sink` from now on; an empty function sends them to stderr again.
///
/// `sink` is called in the thread that logs, by several threads at once, with no lock held. What
/// it throws is dropped. It stays in use until another one was set and calls under way returned.
/// @thread Any.
void set_log_sink(std::function<void(const log_record&)> sink);

}  // namespace offstage
