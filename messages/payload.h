// payload: the value in a message, or the place where it waits.
//
// Question: how does a message say where its value is?
// Zone:     pure. Hears the builders and readers of messages beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace offstage {

/// Where the value of a message is.
enum class payload_kind : std::uint8_t {
  nothing,  ///< There is none (the type is void).
  slot,     ///< In the task record of this process.
  bytes,    ///< In the message, as codec<T> wrote it.
  message,  ///< In the message, in the user's own schema.
};

/// A value in a message, or the place where it waits.
struct payload {
  payload_kind kind = payload_kind::nothing;
  std::span<const std::byte> bytes = {};  ///< For `bytes` and `message`: points into the message.
};

/// The words are not a message of the expected schema.
class malformed_message : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace offstage
