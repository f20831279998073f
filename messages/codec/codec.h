// codec: the one point where a value learns to cross to another process.
//
// Question: how do a value and its bytes become each other?
// Zone:     pure. Hears values and bytes, says bytes and values to the messages and the kinds of
//           task. The codecs of whole families of types are in the headers beside it; whoever asks
//           `has_codec` includes all_codecs.h, so that the answer is the same everywhere.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "messages/codec/byte_reader.h"
#include "messages/codec/byte_writer.h"
#include "messages/codec/codec_error.h"
#include "messages/codec/memory_value.h"
#include "messages/codec/refusal.h"

namespace offstage {

namespace codec_detail {

// The base of the codec of types that have none.
struct refused_codec : built_in_codec {};

struct any_value {
  template <class T>
  operator T() const;
};

}  // namespace codec_detail

/// Turns a T into bytes and back, for another process that runs the same build on the same machine.
///
/// A user's type gets a codec by a specialisation, before its first use:
///
///     template <>
///     struct offstage::codec<money> {
///       static void encode(byte_writer& writer, const money& value) {
///         writer.write(value.cents, value.currency);
///       }
///       static money decode(byte_reader& reader) {
///         const auto cents = reader.read<std::int64_t>();
///         return money(cents, reader.read<std::string>());
///       }
///     };
///
/// `encode` may throw to refuse a value; `decode` meets whatever bytes came and throws codec_error
/// at those that no `encode` wrote. Both use `write` and `read` for what is inside, which keeps
/// count of the nesting.
///
/// This primary template is the codec of types that have none: its use fails to compile, on one
/// line that says why.
/// @thread Any; codecs have no state.
template <class T>
struct codec : codec_detail::refused_codec {
  template <class Value>
  static void encode(byte_writer&, const Value&) {
    codec_detail::explain_refusal<T>();
  }
  template <class Reader>
  static codec_detail::any_value decode(Reader&) {
    codec_detail::explain_refusal<T>();
    return {};
  }
};

namespace codec_detail {

template <class T>
inline constexpr bool is_refused = std::is_base_of_v<refused_codec, codec<T>>;

template <class T>
concept two_way = requires(byte_writer& writer, byte_reader& reader, const T& value) {
  codec<T>::encode(writer, value);
  { codec<T>::decode(reader) } -> std::convertible_to<std::remove_const_t<T>>;
};

template <class T>
concept unqualified = std::same_as<T, std::remove_cv_t<T>>;

template <class T>
concept number = unqualified<T> && std::is_arithmetic_v<T>;

}  // namespace codec_detail

/// True if a T can be turned into bytes and back.
///
/// A member that has no codec, of a type with an inspect overload, is found when a value is encoded
/// and not here, since the parameters of `inspect` do not show it.
template <class T>
concept has_codec = !codec_detail::is_refused<T> && codec_detail::two_way<T>;

/// True if each of the types has a codec.
template <class... Ts>
concept have_codecs = (has_codec<Ts> && ...);

/// True if the encoding of a T is its memory, so that rows of them are copied at once.
template <class T>
concept has_plain_codec = has_codec<T> && requires {
  requires codec<T>::plain_memory;
};

/// A constant is encoded as the value it is.
template <class T>
requires has_codec<T>
struct codec<const T> : codec<T> {
};

/// Numbers are their memory, bit by bit: infinities, the payload of a NaN, -0.0 and denormals
/// arrive as they left. A bool is a byte that must be 0 or 1.
template <class T>
requires codec_detail::number<T>
struct codec<T> : codec_detail::built_in_codec {
  static constexpr bool plain_memory = !std::is_same_v<T, bool>;

  static void encode(byte_writer& writer, T value) {
    writer.append(std::as_bytes(std::span(&value, 1)));
  }

  static T decode(byte_reader& reader) {
    const auto bytes = reader.take(sizeof(T), codec_detail::type_name<T>());
    if constexpr (std::is_same_v<T, bool>) {
      const auto found = std::to_integer<int>(bytes[0]);
      if (found > 1) codec_detail::throw_malformed("bool", "0 or 1", std::to_string(found));
      return found == 1;
    } else {
      T value;
      std::memcpy(&value, bytes.data(), sizeof(T));
      return value;
    }
  }
};

/// How many bytes `value` becomes.
/// @errors As `encode_to_bytes`.
template <class T>
std::size_t encoded_size_bytes(const T& value) {
  auto writer = byte_writer::measuring();
  writer.write(value);
  return writer.size();
}

/// The bytes of `value`, complete.
/// @errors codec_error if the value has no encoding (a variant without a value, a structure nested
/// too deeply, a member without a codec); whatever a codec of the user's throws; std::bad_alloc.
template <class T>
std::vector<std::byte> encode_to_bytes(const T& value) {
  byte_writer writer;
  writer.write(value);
  return std::move(writer).take_bytes();
}

/// Writes the bytes of `value` into `room` and returns how many they are.
/// @errors As `encode_to_bytes`, and codec_error if the room is too small; the room is then
/// partly overwritten.
template <class T>
std::size_t encode_into(std::span<std::byte> room, const T& value) {
  byte_writer writer(room);
  writer.write(value);
  return writer.size();
}

/// The value that `bytes` are, all of them.
/// @errors codec_error if they are too few or too many or not a T; whatever a codec of the user's
/// throws; std::bad_alloc.
/// @param keeper As for byte_reader.
template <class T>
std::remove_cv_t<T> decode_from_bytes(std::span<const std::byte> bytes,
                                      std::shared_ptr<const void> keeper = nullptr) {
  byte_reader reader(bytes, std::move(keeper));
  std::remove_cv_t<T> value = reader.read<T>();
  if (reader.remaining() != 0) {
    codec_detail::throw_malformed(codec_detail::type_name<T>(), "the end",
                                  std::to_string(reader.remaining()) + " more bytes");
  }
  return value;
}

}  // namespace offstage
