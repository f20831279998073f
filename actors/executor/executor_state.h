// executor_state: what a user sees of an executor.
//
// Question: which states does an executor have?
// Zone:     pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace offstage {

/// The states of an executor, passed through in this order.
enum class executor_state : std::uint8_t {
  running,   ///< Takes tasks.
  stopping,  ///< Takes none; its tasks were cancelled and are waited for.
  stopped,   ///< All its tasks have ended.
};

/// The state as a word, e.g. "running".
std::string_view to_string(executor_state state) noexcept;

/// How a shutdown ended.
struct shutdown_result {
  /// True if the executor is stopped.
  bool stopped = false;
  /// How many tasks still run, if it is not.
  std::size_t still_running = 0;
};

}  // namespace offstage
