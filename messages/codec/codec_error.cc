#include "messages/codec/codec_error.h"

namespace offstage::codec_detail {
namespace {

// Names of nested templates grow without limit; a text is for people.
constexpr std::size_t name_size_max_bytes = 512;

std::string shortened(std::string_view type) {
  if (type.size() <= name_size_max_bytes) return std::string(type);
  return std::string(type.substr(0, name_size_max_bytes)) + "...";
}

}  // namespace

void throw_truncated(std::string_view type, std::size_t expected_bytes, std::size_t found_bytes) {
  throw codec_error("decoding " + shortened(type) + ": expected " + std::to_string(expected_bytes) +
                    " more bytes, found " + std::to_string(found_bytes));
}

void throw_malformed(std::string_view type, std::string_view expected, std::string_view found) {
  throw codec_error("decoding " + shortened(type) + ": expected " + std::string(expected) +
                    ", found " + std::string(found));
}

void throw_length(std::string_view type, std::size_t most, std::size_t found) {
  throw codec_error("decoding " + shortened(type) + ": expected a length of at most " +
                    std::to_string(most) + ", found " + std::to_string(found));
}

void throw_not_encodable(std::string_view type, std::string_view reason) {
  throw codec_error("encoding " + shortened(type) + ": " + std::string(reason));
}

}  // namespace offstage::codec_detail
