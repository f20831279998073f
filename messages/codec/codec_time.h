// codec_time: spans and points of time.
//
// Question: how do the durations and time points of <chrono> cross to another process?
// Zone:     pure. Hears times, says their counts.
#pragma once

#include "messages/codec/codec.h"
#include "messages/durations.h"

namespace offstage {

/// A duration is its count, of whatever type that is.
template <class Rep, class Period>
requires has_codec<Rep>
struct codec<std::chrono::duration<Rep, Period>> : codec_detail::built_in_codec {
  using duration = std::chrono::duration<Rep, Period>;

  static constexpr bool plain_memory = has_plain_codec<Rep> && sizeof(duration) == sizeof(Rep);

  static void encode(byte_writer& writer, const duration& value) { writer.write(value.count()); }
  static duration decode(byte_reader& reader) { return duration(reader.read<Rep>()); }
};

/// A time point is the duration since the epoch of its clock. Those of `steady_clock` mean the same
/// in all processes of a machine until it starts again.
/// @source clock_gettime(2): CLOCK_MONOTONIC is a clock of the system, not of the process.
template <class Clock, class Duration>
requires has_codec<Duration>
struct codec<std::chrono::time_point<Clock, Duration>> : codec_detail::built_in_codec {
  using time_point = std::chrono::time_point<Clock, Duration>;

  static constexpr bool plain_memory =
      has_plain_codec<Duration> && sizeof(time_point) == sizeof(Duration);

  static void encode(byte_writer& writer, const time_point& value) {
    writer.write(value.time_since_epoch());
  }
  static time_point decode(byte_reader& reader) { return time_point(reader.read<Duration>()); }
};

}  // namespace offstage
