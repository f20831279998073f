// future_machine: which state follows which message.
//
// Question: may this state follow?
// Zone:     pure. Hears what happened, says what it means.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/future/future_state.h"

namespace offstage {

/// The state machine of every future: nine inner states, six of them told to the user.
class future_machine {
 public:
  /// What can happen to a future.
  enum class input : std::uint8_t {
    started,    ///< The body is about to run.
    abandoned,  ///< The body will never run.
    returned,   ///< The body returned.
    raised,     ///< The body threw.
    sent,       ///< A message in the middle came.
    cancel,     ///< The user asks for cancellation.
  };

  /// What it means.
  enum class verdict : std::uint8_t {
    applied,   ///< The inner state is a new one.
    dispatch,  ///< The message is for the kind of future.
    dropped,   ///< The message is to be ignored: the user has cancelled.
    refused,   ///< This must not happen in this state; nothing changed.
  };

  /// Takes one input.
  verdict apply(input what) noexcept;

  /// Gives the task up after a refused message: failed, or cancelled if that was asked for.
  void give_up() noexcept;

  future_state state() const noexcept;
  bool cancellable() const noexcept { return is_cancellable(state()); }
  bool done() const noexcept { return is_done(state()); }

  /// True if the body returned, and nobody is to see its result.
  bool hides_result() const noexcept { return state_ == inner::cancelled_completed; }

  /// Why an input is refused in the present state, e.g. for the text of a failure.
  std::string refusal(input what) const;

 private:
  enum class inner : std::uint8_t {
    waiting,
    executing,
    cancelling_before_started,
    cancelling_after_started,
    completed,
    failed,
    cancelled_abandoned,
    cancelled_completed,
    cancelled_failed,
  };

  verdict go(inner next) noexcept {
    state_ = next;
    return verdict::applied;
  }

  inner state_ = inner::waiting;
};

/// The input as a word, e.g. "started".
std::string_view to_string(future_machine::input what) noexcept;

}  // namespace offstage
