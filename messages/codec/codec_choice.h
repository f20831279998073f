// codec_choice: values that are there or not, or one of several.
//
// Question: how do optionals, owning pointers and variants cross to another process?
// Zone:     pure. Hears such values, says which one it is and then the value.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "messages/codec/codec.h"

namespace offstage {
namespace codec_detail {

// The byte before a value that may be missing.
template <class T>
bool read_presence(byte_reader& reader) {
  const auto flag = std::to_integer<int>(reader.take(1, type_name<T>())[0]);
  if (flag > 1) throw_malformed(type_name<T>(), "0 (nothing) or 1 (a value)", std::to_string(flag));
  return flag == 1;
}

// What a pointer to T points to is a T, not an array of them and nothing derived.
template <class T>
concept exactly_itself = !std::is_array_v<T> && !(std::is_polymorphic_v<T> && !std::is_final_v<T>);

}  // namespace codec_detail

/// An optional is a byte, 0 or 1, and the value after a 1.
template <class T>
requires has_codec<T>
struct codec<std::optional<T>> : codec_detail::built_in_codec {
  static void encode(byte_writer& writer, const std::optional<T>& value) {
    writer.write(value.has_value());
    if (value) writer.write(*value);
  }
  static std::optional<T> decode(byte_reader& reader) {
    if (!codec_detail::read_presence<std::optional<T>>(reader)) return std::nullopt;
    return std::optional<T>(std::in_place, reader.read<T>());
  }
};

/// A pointer that owns one object is a byte, 0 for null or 1, and the object after a 1. A class
/// that others derive from is refused: what it points to might be more than a T.
template <class T>
requires codec_detail::exactly_itself<T> && has_codec<T>
struct codec<std::unique_ptr<T>> : codec_detail::built_in_codec {
  static void encode(byte_writer& writer, const std::unique_ptr<T>& value) {
    writer.write(value != nullptr);
    if (value) writer.write(*value);
  }
  static std::unique_ptr<T> decode(byte_reader& reader) {
    if (!codec_detail::read_presence<std::unique_ptr<T>>(reader)) return nullptr;
    return std::make_unique<T>(reader.read<T>());
  }
};

/// A variant is the index of its alternative and that alternative's value. One without a value,
/// since an exception took it, has no encoding.
template <class... Ts>
requires have_codecs<Ts...>
struct codec<std::variant<Ts...>> : codec_detail::built_in_codec {
  using choice = std::variant<Ts...>;

  static void encode(byte_writer& writer, const choice& value) {
    if (value.valueless_by_exception()) {
      codec_detail::throw_not_encodable(codec_detail::type_name<choice>(),
                                        "the variant is valueless by exception");
    }
    writer.write_size(value.index());
    std::visit([&writer](const auto& alternative) { writer.write(alternative); }, value);
  }

  static choice decode(byte_reader& reader) {
    const auto index = reader.read_size(codec_detail::type_name<choice>());
    if (index >= sizeof...(Ts)) {
      codec_detail::throw_malformed(codec_detail::type_name<choice>(),
                                    "an index below " + std::to_string(sizeof...(Ts)),
                                    std::to_string(index));
    }
    return decode_at(reader, index, std::index_sequence_for<Ts...>());
  }

 private:
  template <std::size_t Index>
  static choice decode_alternative(byte_reader& reader) {
    return choice(std::in_place_index<Index>,
                  reader.read<std::variant_alternative_t<Index, choice>>());
  }

  template <std::size_t... Indexes>
  static choice decode_at(byte_reader& reader, std::size_t index, std::index_sequence<Indexes...>) {
    using decoder = choice (*)(byte_reader&);
    static constexpr std::array<decoder, sizeof...(Ts)> decoders{&decode_alternative<Indexes>...};
    return decoders[index](reader);
  }
};

}  // namespace offstage
