#include "messages/codec/byte_writer.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace offstage {
namespace {

constexpr std::size_t first_room_bytes = 128;

}  // namespace

void byte_writer::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  switch (target_) {
    case target::own:
      if (bytes.size() > own_bytes_max_ - size_ && move_for(size_ + bytes.size())) {
        std::memcpy(room_.data() + size_, bytes.data(), bytes.size());
        break;
      }
      // Most values are small, and one allocation is enough for them.
      if (bytes_.capacity() == 0) bytes_.reserve(first_room_bytes);
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
      break;
    case target::large:
      if (bytes.size() > room_.size() - size_) {
        room_ = large_->enlarge(size_, size_ + bytes.size());
      }
      std::memcpy(room_.data() + size_, bytes.data(), bytes.size());
      break;
    case target::room:
      if (bytes.size() > room_.size() - size_) {
        throw codec_error("encoding into given room: expected room for " +
                          std::to_string(bytes.size()) + " more bytes, found " +
                          std::to_string(room_.size() - size_));
      }
      std::memcpy(room_.data() + size_, bytes.data(), bytes.size());
      break;
    case target::nowhere:
      break;
  }
  size_ += bytes.size();
}

bool byte_writer::move_for(std::size_t wanted) {
  const auto room = large_->enlarge(0, wanted);
  if (room.empty()) {
    // Asked again when there is twice as much.
    own_bytes_max_ = std::max(own_bytes_max_, wanted) * 2;
    return false;
  }
  if (size_ != 0) std::memcpy(room.data(), bytes_.data(), size_);
  bytes_ = {};
  room_ = room;
  target_ = target::large;
  return true;
}

void byte_writer::write_padding(std::size_t alignment) {
  static constexpr std::byte zeros[64] = {};
  const auto count = (alignment - (size_ + 1) % alignment) % alignment;
  append_byte(static_cast<std::byte>(count));
  append(std::span(zeros).first(count));
}

}  // namespace offstage
