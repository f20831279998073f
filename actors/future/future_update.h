// future_update: one state message of a future, as a subscriber gets it.
//
// Question: what does an actor learn of a task, and when?
// Zone:     border. Hears the future actor, says it to any actor of this process.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/future/future_state.h"
#include "actors/future/step_of.h"
#include "actors/ref/ref.h"
#include "actors/router/mail.h"
#include "actors/task/carried.h"
#include "actors/task/result_slot.h"
#include "messages/failure.h"
#include "messages/flat_message.h"
#include "messages/state_message.h"

namespace offstage {

/// What changed in a future: its state now, and the state message that made it so.
///
/// The message is the one that the task sent, in the order sent; there is none while a future is
/// cancelling or cancelled, whose results nobody sees. Items and reports come here as well. What an
/// update carries counts as on its way until the update is destroyed: a slow subscriber holds the
/// producer. Of a task that wants only its latest value delivered, a subscriber has at most one
/// update that it has not looked into; looking (`value`, `step`) takes the newest value there is.
/// @thread Any; one at a time for each copy.
struct future_update {
  task_id task = 0;
  future_state state = future_state::waiting;  ///< The state after the message.
  flat_message words = {};                     ///< The message; may be empty.
  ref<attachment> beside = {};                 ///< The values that travel with it.

  /// Which message it is; only where there is one.
  /// @errors malformed_message if there is none.
  state_message_kind kind() const { return read_state_message(words).kind; }

  /// The result of a completed task that returns an `R`; lives as long as the update. The task must
  /// be known to return an `R`.
  /// @errors not_done unless the state is completed; result_taken after a `take_result()` of the
  /// plain
  ///   face, which must not run at the same time.
  template <class R>
  decltype(auto) result() const {
    if (state != future_state::completed || !beside) {
      throw not_done("future_update::result: expected a completed task, found one that is " +
                     std::string(to_string(state)));
    }
    auto& slot = static_cast<result_slot<R>&>(*beside);
    if (!slot.filled()) throw result_taken("future_update::result: the result was taken before");
    return slot.get();
  }

  /// The item, the report or the value of a message of your own; lives as long as the update. One
  /// that came from a worker process is read when it is asked for the first time, if its type has a
  /// codec.
  /// @errors not_done if there is none, or one of another type; codec_error and what the codec
  ///   throws if what came cannot be read.
  template <class T>
  const T& value() const {
    if (const T* const found = carried_value<T>(beside.get())) return *found;
    const std::string_view other = beside ? beside->value_type() : std::string_view();
    throw not_done("future_update::value: expected a value of type " +
                   std::string(codec_detail::type_name<T>()) + ", found " +
                   (other.empty() ? "none" : "one of type " + std::string(other)));
  }

  /// Where a task in steps is, as the report in the message says; lives as long as the update.
  /// @errors malformed_message if there is no message.
  step_report step() const { return step_of(words, beside.get()); }

  /// Why the task failed.
  /// @errors malformed_message unless the state is failed.
  failure why() const { return read_failure(words); }
};

}  // namespace offstage
