// segment: shared memory for one large value at a time.
//
// Question: what do the two ends of a lane know together of a large value?
// Zone:     border. Owned by one process, which writes values; another one reads them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "actors/node/child_process.h"
#include "actors/node/shared_memory.h"

namespace offstage {

/// What is in front of the values, in a page of its own.
struct segment_header {
  /// How many bytes, at the beginning of a segment.
  static constexpr std::size_t size_bytes = 4096;

  std::atomic<std::uint32_t> lent;     ///< By the owner, with a value; 0 when the reader is done.
  std::atomic<std::uint32_t> heard;    ///< By the reader: it knows of the value.
  std::atomic<std::uint32_t> awaited;  ///< By the owner, which waits for that.
};

static_assert(sizeof(segment_header) <= segment_header::size_bytes &&
              std::atomic<std::uint32_t>::is_always_lock_free);

/// A segment, in the process that owns it.
class segment {
 public:
  /// @param capacity For values, in bytes; a multiple of the page size.
  /// @errors std::system_error.
  segment(std::uint64_t id, std::size_t capacity)
      : id_(id), memory_("offstage-segment", segment_header::size_bytes + capacity) {}

  std::uint64_t id() const noexcept { return id_; }
  std::size_t size_bytes() const noexcept { return memory_.size_bytes(); }
  std::size_t capacity() const noexcept { return size_bytes() - segment_header::size_bytes; }

  segment_header& header() const noexcept { return *static_cast<segment_header*>(memory_.data()); }

  /// Where values are written.
  std::span<std::byte> room() const noexcept {
    return {static_cast<std::byte*>(memory_.data()) + segment_header::size_bytes, capacity()};
  }

  /// For the reader.
  const descriptor& handle() const noexcept { return memory_.owner(); }

  /// Its only reader knows of it; for an owner that has one only.
  bool offered = false;

  /// Gives the memory back at once, also where others map it still.
  void give_back() noexcept { memory_.give_back(); }

 private:
  const std::uint64_t id_;
  shared_memory memory_;
};

}  // namespace offstage
