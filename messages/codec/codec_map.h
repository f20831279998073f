// codec_map: sets and maps.
//
// Question: how do containers with keys cross to another process?
// Zone:     pure. Hears sets and maps, says a length and the entries in their order.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "messages/codec/codec.h"
#include "messages/codec/standard_containers.h"

namespace offstage {
namespace codec_detail {

template <class T>
inline constexpr bool is_stateless = std::is_empty_v<T>&& std::is_default_constructible_v<T>;

// What compares or hashes keys is made anew on the other side, so it must have no state.
template <class... Ts>
concept stateless = (is_stateless<Ts> && ...);

template <class Keyed>
concept with_values = requires {
  typename Keyed::mapped_type;
};

template <class Keyed>
void encode_keyed(byte_writer& writer, const Keyed& value) {
  writer.write_size(value.size());
  for (const auto& entry : value) {
    if constexpr (with_values<Keyed>) {
      writer.write_element(entry.first);
      writer.write(entry.second);
    } else {
      writer.write_element(entry);
    }
  }
}

template <class Keyed>
void decode_entry(byte_reader& reader, Keyed& value) {
  auto key = reader.read_element<typename Keyed::key_type>();
  if constexpr (with_values<Keyed>) {
    value.emplace_hint(value.end(), std::move(key), reader.read<typename Keyed::mapped_type>());
  } else {
    value.emplace_hint(value.end(), std::move(key));
  }
}

template <class Keyed>
Keyed decode_keyed(byte_reader& reader) {
  constexpr auto type = type_name<Keyed>();
  Keyed value;
  const auto count = reader.read_count(type);
  for (std::size_t i = 0; i < count; ++i) {
    decode_entry(reader, value);
    if (value.size() != i + 1) {
      throw_malformed(type, "keys that differ", "one of them again at place " + std::to_string(i));
    }
  }
  return value;
}

template <class Keyed>
struct keyed_codec : built_in_codec {
  static void encode(byte_writer& writer, const Keyed& value) { encode_keyed(writer, value); }
  static Keyed decode(byte_reader& reader) { return decode_keyed<Keyed>(reader); }
};

}  // namespace codec_detail

/// Sets and maps are their length and their entries, in the order of iteration. Entries out of
/// order are sorted in again; a key that may occur once and comes twice is a codec_error. What
/// compares or hashes the keys must have no state, since it is not sent.
template <class K, class Less, class A>
requires has_codec<K> && codec_detail::stateless<Less> && std::is_default_constructible_v<A>
struct codec<std::set<K, Less, A>> : codec_detail::keyed_codec<std::set<K, Less, A>> {
};

/// As `codec<std::set>`, where equal keys are allowed and keep their order.
template <class K, class Less, class A>
requires has_codec<K> && codec_detail::stateless<Less> && std::is_default_constructible_v<A>
struct codec<std::multiset<K, Less, A>> : codec_detail::keyed_codec<std::multiset<K, Less, A>> {
};

/// As `codec<std::set>`.
template <class K, class V, class Less, class A>
requires have_codecs<K, V> && codec_detail::stateless<Less> && std::is_default_constructible_v<A>
struct codec<std::map<K, V, Less, A>> : codec_detail::keyed_codec<std::map<K, V, Less, A>> {
};

/// As `codec<std::set>`, where equal keys are allowed and keep their order.
template <class K, class V, class Less, class A>
requires have_codecs<K, V> && codec_detail::stateless<Less> && std::is_default_constructible_v<A>
struct codec<std::multimap<K, V, Less, A>>
    : codec_detail::keyed_codec<std::multimap<K, V, Less, A>> {
};

/// As `codec<std::set>`, without an order.
template <class K, class Hash, class Equal, class A>
requires has_codec<K> && codec_detail::stateless<Hash, Equal> && std::is_default_constructible_v<A>
struct codec<std::unordered_set<K, Hash, Equal, A>>
    : codec_detail::keyed_codec<std::unordered_set<K, Hash, Equal, A>> {
};

/// As `codec<std::set>`, without an order; equal keys are allowed.
template <class K, class Hash, class Equal, class A>
requires has_codec<K> && codec_detail::stateless<Hash, Equal> && std::is_default_constructible_v<A>
struct codec<std::unordered_multiset<K, Hash, Equal, A>>
    : codec_detail::keyed_codec<std::unordered_multiset<K, Hash, Equal, A>> {
};

/// As `codec<std::set>`, without an order.
template <class K, class V, class Hash, class Equal, class A>
requires have_codecs<K, V> && codec_detail::stateless<Hash, Equal> &&
    std::is_default_constructible_v<A>
struct codec<std::unordered_map<K, V, Hash, Equal, A>>
    : codec_detail::keyed_codec<std::unordered_map<K, V, Hash, Equal, A>> {
};

/// As `codec<std::set>`, without an order; equal keys are allowed.
template <class K, class V, class Hash, class Equal, class A>
requires have_codecs<K, V> && codec_detail::stateless<Hash, Equal> &&
    std::is_default_constructible_v<A>
struct codec<std::unordered_multimap<K, V, Hash, Equal, A>>
    : codec_detail::keyed_codec<std::unordered_multimap<K, V, Hash, Equal, A>> {
};

}  // namespace offstage
