// segment_library: the shared memory of the other end of a lane.
//
// Question: where are the bytes of a large value that was sent, and for how long?
// Zone:     border. Hears notices of segments and the places in messages, says bytes and who keeps
//           them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>

#include "actors/node/child_process.h"
#include "messages/payload.h"
#include "messages/segment_notice.h"

namespace offstage {

/// How values in shared memory are read.
enum class segment_reading : std::uint8_t {
  in_place,
  copied,  ///< Copied out first, so that nobody changes them any more.
};

/// The segments that the other end of a lane has offered. Trusts nothing that it says of them.
/// @thread One at a time; what keeps a value may be let go by any.
class segment_library {
 public:
  explicit segment_library(segment_reading how = segment_reading::in_place) noexcept : how_(how) {}

  /// The other end says something of a segment.
  /// @param beside The descriptors that came, of which an offer takes the first.
  /// @errors malformed_message for what cannot be; std::system_error if it cannot be mapped.
  void hear(const segment_notice& notice, std::deque<descriptor>& beside);

  /// The value in a message: where that is a place in a segment, its bytes, and what keeps them.
  /// The segment is free again when nobody keeps them any more.
  /// @errors malformed_message for a place that is none, or in a segment with another value.
  payload borrow(const payload& from);

 private:
  class mapping;

  const segment_reading how_;
  std::map<std::uint64_t, std::shared_ptr<mapping>> known_;
};

}  // namespace offstage
