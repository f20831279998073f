#include "messages/codec/byte_writer.h"

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
      // Most values are small, and one allocation is enough for them.
      if (bytes_.capacity() == 0) bytes_.reserve(first_room_bytes);
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
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

}  // namespace offstage
