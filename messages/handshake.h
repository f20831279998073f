// handshake: the first message of a worker process, written and read.
//
// Question: do both ends of a lane speak the same language?
// Zone:     pure. Hears the worker process (writing) and its parent (reading).
#pragma once

#include <cstdint>

#include "messages/flat_message.h"
#include "messages/payload.h"

namespace offstage {

/// What a worker process speaks.
struct handshake {
  /// The version of everything that goes over a lane, as this build speaks it.
  static constexpr std::uint32_t protocol_version = 3;

  std::uint32_t protocol = protocol_version;
  std::uint32_t caf = 0;  ///< CAF's version, as CAF_VERSION.
};

/// As words.
flat_message make_handshake(const handshake& who);

/// From words.
/// @errors malformed_message if they are something else.
handshake read_handshake(const flat_message& message);

}  // namespace offstage
