// segment_notice: what an end of a lane says of its shared memory, written and read.
//
// Question: which words tell the other end of a segment, and of its end?
// Zone:     pure. Hears the owner of segments (writing) and their reader (reading).
#pragma once

#include <cstdint>

#include "messages/flat_message.h"
#include "messages/payload.h"

namespace offstage {

/// What is said of a segment.
enum class segment_notice_kind : std::uint8_t { offered, forgotten };

/// A notice, read.
struct segment_notice {
  segment_notice_kind kind = segment_notice_kind::offered;
  std::uint64_t id = 0;
  std::uint64_t size_bytes = 0;  ///< For offered: with its header.
};

/// Values may be in this segment from now on; its descriptor goes with the frame.
flat_message make_segment_offered(std::uint64_t id, std::uint64_t size_bytes);

/// No value will be in this segment any more.
flat_message make_segment_forgotten(std::uint64_t id);

/// From words.
/// @errors malformed_message if they are something else.
segment_notice read_segment_notice(const flat_message& message);

}  // namespace offstage
