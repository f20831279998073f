// state_message: what a task tells its future, written and read.
//
// Question: which words carry "started", "returned", "raised" and the others?
// Zone:     pure. Hears the worker (writing) and the future (reading).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/failure.h"
#include "messages/flat_message.h"
#include "messages/payload.h"

namespace offstage {

/// The number of a task, unique in its process for as long as the process lives.
using task_id = std::uint64_t;

/// Which state message it is.
enum class state_message_kind : std::uint8_t {
  started,
  abandoned,
  returned,
  raised,
  generated,
  progressed,
  stepped,
  custom,
};

/// The kind as a word, e.g. "started".
std::string_view to_string(state_message_kind kind) noexcept;

/// True for the messages that end a task: abandoned, returned, raised.
constexpr bool is_final(state_message_kind kind) noexcept {
  return kind == state_message_kind::abandoned || kind == state_message_kind::returned ||
         kind == state_message_kind::raised;
}

/// Who sends a message, and which of its messages this is.
struct message_origin {
  task_id task = 0;
  std::uint32_t sequence = 0;
};

/// The body is about to run.
flat_message make_started(message_origin origin);

/// Final: cancelled before the body began.
flat_message make_abandoned(message_origin origin);

/// Final: the body returned this value.
flat_message make_returned(message_origin origin, payload value);

/// Final: the task failed. The exception itself (`why.original`) stays behind.
flat_message make_raised(message_origin origin, const failure& why);

/// An item of an iteration.
flat_message make_generated(message_origin origin, payload item);

/// A report of a task with progress.
flat_message make_progressed(message_origin origin, payload report);

/// Where a task in steps is.
struct step_report {
  std::uint64_t total = 0;     ///< How much there is to do, in the task's own unit.
  std::uint64_t complete = 0;  ///< How much of it is done.
  std::string_view message;    ///< What is being done, for the user.
};

/// A report of a task in steps.
flat_message make_stepped(message_origin origin, const step_report& step);

/// A message of a user's own kind of task.
flat_message make_custom(message_origin origin, std::string_view name, payload value);

/// The common part of a state message, and its value where it carries one.
struct state_message {
  message_origin origin;
  state_message_kind kind = state_message_kind::started;
  payload value;          ///< For returned, generated, progressed and custom.
  std::string_view name;  ///< For custom: its name.
  step_report step;       ///< For stepped.
};

/// Reads a message in place; the answer points into `message` and lives no longer than it.
/// @errors malformed_message if the words are not a state message.
state_message read_state_message(const flat_message& message);

/// The failure in a `raised` message.
/// @errors malformed_message if it is another message.
failure read_failure(const flat_message& message);

}  // namespace offstage
