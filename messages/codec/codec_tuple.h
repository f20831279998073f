// codec_tuple: values side by side.
//
// Question: how do pairs and tuples cross to another process?
// Zone:     pure. Hears pairs and tuples, says their members from left to right.
#pragma once

#include <tuple>
#include <utility>

#include "messages/codec/codec.h"

namespace offstage {

/// A pair is its two members.
template <class A, class B>
requires have_codecs<A, B>
struct codec<std::pair<A, B>> : codec_detail::built_in_codec {
  static void encode(byte_writer& writer, const std::pair<A, B>& value) {
    writer.write(value.first, value.second);
  }
  static std::pair<A, B> decode(byte_reader& reader) {
    // Braces, since they fix the order of the two reads.
    return std::pair<A, B>{reader.read<A>(), reader.read<B>()};
  }
};

/// A tuple is its members; the tuple without any takes no bytes.
template <class... Ts>
requires have_codecs<Ts...>
struct codec<std::tuple<Ts...>> : codec_detail::built_in_codec {
  static void encode(byte_writer& writer, const std::tuple<Ts...>& value) {
    std::apply([&writer](const Ts&... members) { writer.write(members...); }, value);
  }
  static std::tuple<Ts...> decode([[maybe_unused]] byte_reader& reader) {
    return std::tuple<Ts...>{reader.read<Ts>()...};
  }
};

}  // namespace offstage
