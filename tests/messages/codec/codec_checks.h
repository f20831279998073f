// codec_checks: what the tests of all codecs ask of bytes.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "messages/codec/all_codecs.h"

namespace offstage {

using bytes = std::vector<std::byte>;

inline bytes bytes_of(std::initializer_list<int> values) {
  bytes out;
  for (int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

/// The value after its journey.
template <class T>
T round_trip(const T& value) {
  return decode_from_bytes<T>(encode_to_bytes(value));
}

/// What the codec_error says, or nothing if the bytes are a T.
template <class T>
std::string decoding_error(std::span<const std::byte> encoded) {
  try {
    static_cast<void>(decode_from_bytes<T>(encoded));
  } catch (const codec_error& error) {
    return error.what();
  }
  return "";
}

/// What the codec_error says, or nothing if the value has an encoding.
template <class T>
std::string encoding_error(const T& value) {
  try {
    static_cast<void>(encode_to_bytes(value));
  } catch (const codec_error& error) {
    return error.what();
  }
  return "";
}

/// Arrives as it left; in three ways of writing the bytes are the same.
template <class T>
testing::AssertionResult survives(const T& value) {
  const auto encoded = encode_to_bytes(value);
  if (encoded_size_bytes(value) != encoded.size()) {
    return testing::AssertionFailure()
           << "measured " << encoded_size_bytes(value) << " bytes, found " << encoded.size();
  }
  bytes room(encoded.size());
  if (encode_into(room, value) != room.size() || room != encoded) {
    return testing::AssertionFailure() << "the bytes in a given room differ";
  }
  if (!(decode_from_bytes<T>(encoded) == value)) {
    return testing::AssertionFailure() << "the value arrived changed";
  }
  return testing::AssertionSuccess();
}

}  // namespace offstage
