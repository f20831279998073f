// failure: why a task failed.
//
// Question: what does the user learn when a task does not return?
// Zone:     pure. Hears the describer of exceptions and the state messages, says it to observers.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace offstage {

/// What sort of failure ended a task.
enum class failure_kind : std::uint8_t {
  raised,          ///< The user's callable ended by an exception.
  infrastructure,  ///< Something underneath it failed: a worker died, a message was corrupt.
  protocol,        ///< The task broke the order of messages; a bug in a kind of task.
  encoding,        ///< A value could not be turned into bytes or back.
  out_of_memory,   ///< The callable got std::bad_alloc, or its worker died, probably out of memory.
};

/// The kind as a word, e.g. "raised".
std::string_view to_string(failure_kind kind) noexcept;

/// An exception nested in another one.
struct failure_cause {
  std::string type;  ///< Demangled name of its type.
  std::string what;  ///< What it says of itself.

  bool operator==(const failure_cause&) const = default;
};

/// Why a task failed; a plain value, readable after everything else is gone.
/// @thread Any; it belongs to whoever holds it.
struct failure {
  failure_kind kind = failure_kind::raised;
  std::string type;   ///< Demangled name of the exception's type; empty where nothing was thrown.
  std::string what;   ///< What the exception says of itself; never empty.
  std::string stack;  ///< Where it was thrown, a frame per line; empty where not known.

  /// What the worker process that died with the task had printed to stderr last, byte for byte: 64
  /// KiB at most, and no half of a letter at its beginning. Empty for every other failure.
  std::string output;

  std::vector<failure_cause> causes;  ///< The nested exceptions, the nearest first.
  std::exception_ptr original;        ///< The exception itself, if it happened in this process.

  /// Type, text and causes on one line, for logs and messages.
  std::string summary() const;
};

}  // namespace offstage
