// codec_sequence: values in a row.
//
// Question: how do strings, vectors, arrays, deques and lists cross to another process?
// Zone:     pure. Hears rows of values, says a length and the elements, in one copy where it can.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "messages/codec/codec.h"
#include "messages/codec/standard_containers.h"

namespace offstage {
namespace codec_detail {

template <class T>
std::span<const std::byte> memory_of(const T* first, std::size_t count) noexcept {
  return {reinterpret_cast<const std::byte*>(first), count * sizeof(T)};
}

// Rows of plain elements with at least so many bytes begin where such an element may lie, and can
// be copied from there.
inline constexpr std::size_t aligned_row_bytes_min = 16 * 1024;

template <class T>
constexpr bool is_aligned_row(std::size_t count) noexcept {
  return alignof(T) > 1 && alignof(T) <= 64 && count >= aligned_row_bytes_min / sizeof(T) + 1;
}

template <class T>
void require_plain(const byte_reader& reader, std::size_t count, std::string_view type) {
  const auto most = reader.remaining() / sizeof(T);
  if (count > most) throw_length(type, most, count);
}

// The bytes of `count` plain elements.
template <class T>
std::span<const std::byte> take_plain(byte_reader& reader, std::size_t count,
                                      std::string_view type) {
  require_plain<T>(reader, count, type);
  return reader.take(count * sizeof(T), type);
}

// A decoded container gets the allocator that its default constructor makes.
template <class T, class Row>
Row decode_row(byte_reader& reader) {
  Row row;
  const auto count = reader.read_count(type_name<Row>());
  if constexpr (requires { row.reserve(count); }) row.reserve(reader.room_for<T>(count));
  for (std::size_t i = 0; i < count; ++i) row.push_back(reader.read_element<T>());
  return row;
}

template <class Row>
void encode_row(byte_writer& writer, const Row& row) {
  writer.write_size(row.size());
  for (const auto& element : row) writer.write_element(element);
}

template <class A>
concept makeable_allocator = std::is_default_constructible_v<A>;

// Types through which any memory may be read, so that a row of them needs no second pass.
template <class T>
concept raw_byte =
    std::same_as<T, char> || std::same_as<T, unsigned char> || std::same_as<T, std::byte>;

}  // namespace codec_detail

/// A string of any character type is its length and its characters.
template <class C, class Traits, class A>
requires has_plain_codec<C> && codec_detail::makeable_allocator<A>
struct codec<std::basic_string<C, Traits, A>> : codec_detail::built_in_codec {
  using string = std::basic_string<C, Traits, A>;

  static void encode(byte_writer& writer, const string& value) {
    writer.write_size(value.size());
    writer.append(codec_detail::memory_of(value.data(), value.size()));
  }

  static string decode(byte_reader& reader) {
    const auto type = codec_detail::type_name<string>();
    const auto bytes = codec_detail::take_plain<C>(reader, reader.read_size(type), type);
    if constexpr (std::same_as<C, char>) {
      return string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } else {
      string value(bytes.size() / sizeof(C), C());
      if (!bytes.empty()) std::memcpy(value.data(), bytes.data(), bytes.size());
      return value;
    }
  }
};

/// A vector is its length and its elements.
template <class T, class A>
requires has_codec<T> && codec_detail::makeable_allocator<A>
struct codec<std::vector<T, A>> : codec_detail::built_in_codec {
  using row = std::vector<T, A>;

  static void encode(byte_writer& writer, const row& value) {
    if constexpr (has_plain_codec<T>) {
      writer.write_size(value.size());
      if (codec_detail::is_aligned_row<T>(value.size())) writer.write_padding(alignof(T));
      writer.append(codec_detail::memory_of(value.data(), value.size()));
    } else {
      codec_detail::encode_row(writer, value);
    }
  }

  static row decode(byte_reader& reader) {
    if constexpr (has_plain_codec<T> && std::is_default_constructible_v<T>) {
      const auto type = codec_detail::type_name<row>();
      const auto count = reader.read_size(type);
      if (codec_detail::is_aligned_row<T>(count)) {
        codec_detail::require_plain<T>(reader, count, type);
        reader.read_padding(type);
      }
      const auto bytes = codec_detail::take_plain<T>(reader, count, type);
      // Made in one pass where the elements can be read as what they are.
      if (codec_detail::raw_byte<T> ||
          (codec_detail::is_aligned_row<T>(count) &&
           reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(T) == 0)) {
        const auto* first = reinterpret_cast<const T*>(bytes.data());
        return row(first, first + count);
      }
      row value(bytes.size() / sizeof(T));
      if (!bytes.empty()) {
        std::memcpy(static_cast<void*>(value.data()), bytes.data(), bytes.size());
      }
      return value;
    } else {
      return codec_detail::decode_row<T, row>(reader);
    }
  }
};

/// A vector of bool is its length and eight elements to a byte, the first in the lowest bit.
template <class A>
requires codec_detail::makeable_allocator<A>
struct codec<std::vector<bool, A>> : codec_detail::built_in_codec {
  using row = std::vector<bool, A>;

  static void encode(byte_writer& writer, const row& value) {
    writer.write_size(value.size());
    for (std::size_t i = 0; i < value.size(); i += 8) {
      unsigned packed = 0;
      for (std::size_t bit = 0; bit < 8 && i + bit < value.size(); ++bit) {
        packed |= static_cast<unsigned>(value[i + bit]) << bit;
      }
      writer.write(static_cast<unsigned char>(packed));
    }
  }

  static row decode(byte_reader& reader) {
    const auto type = codec_detail::type_name<row>();
    const auto count = reader.read_size(type);
    const auto bytes = reader.take(count / 8 + (count % 8 != 0), type);
    if (count % 8 != 0 && std::to_integer<unsigned>(bytes.back()) >> count % 8 != 0) {
      codec_detail::throw_malformed(type, "zero in the unused bits", "ones");
    }
    row value(count);
    for (std::size_t i = 0; i < count; ++i) {
      value[i] = (std::to_integer<unsigned>(bytes[i / 8]) >> i % 8 & 1U) != 0;
    }
    return value;
  }
};

/// An array is its elements.
template <class T, std::size_t N>
requires has_codec<T>
struct codec<std::array<T, N>> : codec_detail::built_in_codec {
  using row = std::array<T, N>;

  static constexpr bool plain_memory = has_plain_codec<T> && N > 0;

  static void encode(byte_writer& writer, const row& value) {
    if constexpr (plain_memory) {
      writer.append(codec_detail::memory_of(value.data(), N));
    } else {
      for (const auto& element : value) writer.write(element);
    }
  }

  static row decode(byte_reader& reader) {
    if constexpr (!std::is_default_constructible_v<T> || !std::is_move_assignable_v<T>) {
      return decode_each(reader, std::make_index_sequence<N>());
    } else if constexpr (plain_memory) {
      row value;
      const auto bytes = reader.take(sizeof(T) * N, codec_detail::type_name<row>());
      std::memcpy(static_cast<void*>(value.data()), bytes.data(), bytes.size());
      return value;
    } else {
      row value{};
      for (auto& element : value) element = reader.read<T>();
      return value;
    }
  }

 private:
  template <std::size_t... Indexes>
  static row decode_each(byte_reader& reader, std::index_sequence<Indexes...>) {
    return row{(static_cast<void>(Indexes), reader.read<T>())...};
  }
};

/// A deque is its length and its elements.
template <class T, class A>
requires has_codec<T> && codec_detail::makeable_allocator<A>
struct codec<std::deque<T, A>> : codec_detail::built_in_codec {
  static void encode(byte_writer& writer, const std::deque<T, A>& value) {
    codec_detail::encode_row(writer, value);
  }
  static std::deque<T, A> decode(byte_reader& reader) {
    return codec_detail::decode_row<T, std::deque<T, A>>(reader);
  }
};

/// A list is its length and its elements.
template <class T, class A>
requires has_codec<T> && codec_detail::makeable_allocator<A>
struct codec<std::list<T, A>> : codec_detail::built_in_codec {
  static void encode(byte_writer& writer, const std::list<T, A>& value) {
    codec_detail::encode_row(writer, value);
  }
  static std::list<T, A> decode(byte_reader& reader) {
    return codec_detail::decode_row<T, std::list<T, A>>(reader);
  }
};

}  // namespace offstage
