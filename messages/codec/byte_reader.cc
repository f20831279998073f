#include "messages/codec/byte_reader.h"

#include <algorithm>
#include <limits>
#include <string>

namespace offstage {

std::size_t byte_reader::read_size(std::string_view type) {
  const auto first = std::to_integer<std::size_t>(take(1, type)[0]);
  if (first < 255) return first;
  std::uint64_t wide = 0;
  std::memcpy(&wide, take(sizeof(wide), type).data(), sizeof(wide));
  if (wide < 255) {
    codec_detail::throw_malformed(type, "a length in its shortest form",
                                  std::to_string(wide) + " in nine bytes");
  }
  if (wide > std::numeric_limits<std::size_t>::max()) {
    codec_detail::throw_malformed(type, "a length that this machine can address",
                                  std::to_string(wide));
  }
  return static_cast<std::size_t>(wide);
}

std::size_t byte_reader::read_count(std::string_view type) {
  const auto count = read_size(type);
  if (count > rest_.size()) codec_detail::throw_length(type, rest_.size(), count);
  return count;
}

void byte_reader::read_padding(std::string_view type) {
  const auto count = std::to_integer<std::size_t>(take(1, type)[0]);
  const auto padding = take(std::min<std::size_t>(count, 64), type);
  if (count >= 64 || std::any_of(padding.begin(), padding.end(),
                                 [](std::byte each) { return each != std::byte{0}; })) {
    codec_detail::throw_malformed(type, "fewer than 64 zero bytes of padding", "something else");
  }
}

void byte_reader::read_filler(std::string_view type) {
  const auto filler = take(1, type)[0];
  if (filler != std::byte{0}) {
    codec_detail::throw_malformed(type, "a zero byte for an element without bytes of its own",
                                  std::to_string(std::to_integer<int>(filler)));
  }
}

}  // namespace offstage
