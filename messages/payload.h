// payload: the value in a message, or the place where it waits.
//
// Question: how does a message say where its value is?
// Zone:     pure. Hears the builders and readers of messages beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>

namespace offstage {

/// Where the value of a message is.
enum class payload_kind : std::uint8_t {
  nothing,  ///< There is none (the type is void).
  slot,     ///< In the task record of this process.
  bytes,    ///< In the message, as codec<T> wrote it.
  segment,  ///< In shared memory, as codec<T> wrote it.
};

/// A place in the shared memory of one end of a lane.
struct segment_place {
  std::uint64_t id = 0;      ///< Which segment of that end's.
  std::uint64_t offset = 0;  ///< In bytes, behind the segment's header.
  std::uint64_t size = 0;    ///< In bytes.
};

/// A value in a message, or the place where it waits.
struct payload {
  payload_kind kind = payload_kind::nothing;
  /// For `bytes`: points into the message, or into what `keeper` keeps.
  std::span<const std::byte> bytes = {};
  segment_place place = {};                      ///< For `segment`.
  std::shared_ptr<const void> keeper = nullptr;  ///< Keeps bytes that are not in the message.
};

/// The words are not a message of the expected schema.
class malformed_message : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace offstage
