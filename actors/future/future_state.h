// future_state: what a user sees of a task.
//
// Question: which states does a future have?
// Zone:     pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace offstage {

/// The states of a future. It goes waiting, executing, then completed or failed; or, once
/// cancelled, from either of the first two to cancelling and then to cancelled.
enum class future_state : std::uint8_t {
  waiting,     ///< Submitted; the body was not seen to begin.
  executing,   ///< The body runs.
  cancelling,  ///< Cancellation was asked for; the task has not ended.
  completed,   ///< The body returned; there is a result.
  failed,      ///< The body threw, or something failed underneath it.
  cancelled,   ///< Ended after cancellation was asked for, whatever the body did.
};

/// The state as a word, e.g. "executing".
std::string_view to_string(future_state state) noexcept;

/// Why a future ended.
enum class end_reason : std::uint8_t {
  not_ended,        ///< It is not done.
  completed,        ///< The body returned.
  raised,           ///< The body threw.
  cancelled,        ///< It was cancelled, and the body ended by itself or never began.
  ended_by_force,   ///< It was terminated, by a call or by the end of its executor: its worker
                    ///< process was ended with it.
  out_of_time,      ///< It was cancelled, did not end within its grace, and was ended by force.
  left_running,     ///< Its executor ended before it; the body may still run.
  worker_failed,    ///< Something underneath it failed: a worker died, a message was corrupt.
  out_of_memory,    ///< The body or its worker had no memory.
  encoding_failed,  ///< A value could not be turned into bytes or back.
  protocol_broken,  ///< The task broke the order of messages.
};

/// The reason as a word, e.g. "ended by force".
std::string_view to_string(end_reason reason) noexcept;

/// True for waiting and executing.
constexpr bool is_cancellable(future_state state) noexcept {
  return state == future_state::waiting || state == future_state::executing;
}

/// True for completed, failed and cancelled.
constexpr bool is_done(future_state state) noexcept {
  return state == future_state::completed || state == future_state::failed ||
         state == future_state::cancelled;
}

}  // namespace offstage
