// logging: what a user may write to Offstage's log, and set about it.
//
// Question: which records are kept, and where do they go?
// Zone:     border. Any thread may log, in every process of the application.
#pragma once

#include <string_view>

#include "messages/functions.h"
#include "messages/log_record.h"

namespace offstage {

/// Writes a record of the application's own (log_room::application), from anywhere: at home, or in
/// a task, which the record names then. In a worker process it is the same: the record arrives in
/// the log of the application.
///
/// In a worker process it never waits, whatever the sink does. What comes faster than it is taken
/// is dropped there, and a record (log_room::node, warning) says how much. A record that was
/// written arrives also if the worker crashes next.
/// @param text Any bytes, usually one line in UTF-8. Of more than 64 KiB the beginning is kept, and
///     its end says so.
/// @thread Any. In the application's own process the sink is called before it returns.
/// @errors None: a record that cannot be written is dropped.
void write_log(log_level level, std::string_view text) noexcept;

/// True if `write_log` with this level would keep the record, for texts that take time to make. It
/// costs two loads, in worker processes, too.
/// @thread Any.
bool should_log(log_level level) noexcept;

/// Keeps records of at least this level, in every room. The default is `warning`.
///
/// Levels hold for the whole application: this process and its worker processes, whoever of them
/// sets them; also for tasks that run at this moment.
/// @thread Any; all threads and processes see it at their next record.
void set_log_level(log_level level);

/// Keeps records of at least this level in one room.
/// @thread Any.
void set_log_level(log_room room, log_level level);

/// Sends every record to `sink` from now on; an empty function sends them to stderr again, and from
/// a worker process to the process that started it.
///
/// `sink` is called with no lock held, by several threads at once: in the thread that logs, and for
/// the records of worker processes in a thread of their context, one at a time and in the order in
/// which each of them wrote. A sink that takes long, or blocks, keeps only its callers waiting:
/// no worker process, and no task in one. What `sink` throws is dropped. What it logs itself, in
/// the thread it is called in, does not come back to it, but goes where it would go without a sink.
///
/// It stays in use until another one was set and calls under way returned; the last of these, or
/// this function, destroys it, with no lock held.
/// @thread Any. In a worker process it is the sink of that process only.
void set_log_sink(std::function<void(const log_record&)> sink);

}  // namespace offstage
