// command: what the pool tells a worker, written and read.
//
// Question: which words make a worker run a task?
// Zone:     pure. Hears the pool (writing) and the worker (reading).
#pragma once

#include <cstdint>
#include <string_view>

#include "messages/flat_message.h"
#include "messages/payload.h"
#include "messages/state_message.h"

namespace offstage {

/// Which command it is.
enum class command_kind : std::uint8_t { run_task, learn_module, prepare };

/// A command, read.
struct command {
  command_kind kind = command_kind::run_task;
  task_id task = 0;           ///< For run_task.
  payload body;               ///< For run_task: the callable and its arguments; for prepare: the
                              ///< initializer, or nothing.
  std::string_view path;      ///< For learn_module; empty for the program itself.
  std::string_view build_id;  ///< For learn_module; may be empty.
  std::uint64_t memory_max_bytes = 0;  ///< For prepare; 0: no limit.
};

/// Run this task.
flat_message make_run_task(task_id task, payload body);

/// Learn this module.
flat_message make_learn_module(std::string_view path, std::string_view build_id);

/// Get ready for tasks.
/// @param memory_max_bytes 0: no limit.
/// @param initializer Its bytes, or nothing.
flat_message make_prepare(std::uint64_t memory_max_bytes, payload initializer);

/// Reads a command in place; the answer points into `message` and lives no longer than it.
/// @errors malformed_message if the words are not a command.
command read_command(const flat_message& message);

}  // namespace offstage
