// large_value: a value on its way into a message, or into shared memory if it is large.
//
// Question: where does an encoded value go?
// Zone:     border. Hears codecs, says the payload for a message.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "actors/node/segment_store.h"
#include "messages/codec/byte_writer.h"
#include "messages/payload.h"

namespace offstage {

/// Takes the bytes of one value: small ones go with the message, large ones straight into a
/// segment.
/// @thread One at a time.
class large_value {
 public:
  /// From so many bytes on a value is in a segment. Below, a socket is faster.
  static constexpr std::size_t segment_bytes_min = std::size_t{64} << 10;

  /// The most that goes with a message where there is no segment for it.
  static constexpr std::size_t inline_bytes_max = std::size_t{64} << 20;

  /// @param before Called before a segment is taken.
  explicit large_value(segment_store& from, std::function<void()> before = nullptr)
      : memory_(from, std::move(before)), writer_(memory_, segment_bytes_min - 1) {}

  /// Where the value is to be written.
  byte_writer& writer() noexcept { return writer_; }

  /// Where it is, once it is written: points into this object, or to a place in `segment()`.
  /// @errors shared_memory_full.
  payload place();

  /// The segment that it is in; null if it is in none.
  std::unique_ptr<segment_store::lease>& segment() noexcept { return memory_.lease; }

 private:
  struct leased_memory final : byte_memory {
    leased_memory(segment_store& from, std::function<void()> first)
        : store(from), before(std::move(first)) {}
    std::span<std::byte> enlarge(std::size_t used, std::size_t wanted) override;
    std::unique_ptr<segment_store::lease> take_larger(std::size_t wanted);

    segment_store& store;
    const std::function<void()> before;
    std::unique_ptr<segment_store::lease> lease;
  };

  leased_memory memory_;
  byte_writer writer_;
  std::vector<std::byte> bytes_;
};

}  // namespace offstage
