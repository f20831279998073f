// codec_path: paths of files.
//
// Question: how does a std::filesystem::path cross to another process?
// Zone:     pure. Hears a path, says its native string.
#pragma once

#include <concepts>
#include <string>

#include "messages/codec/codec.h"
#include "messages/codec/codec_sequence.h"

namespace offstage {
namespace codec_detail {

/// A path as the standard library has it, and Boost. Its shape is asked for and not its name, since
/// <filesystem> would more than double the time that this folder's headers take to compile.
template <class T>
concept path_like = requires(const T& path) {
  { path.native() } -> std::same_as<const typename T::string_type&>;
  { T::preferred_separator } -> std::convertible_to<typename T::value_type>;
  T(typename T::string_type());
};

}  // namespace codec_detail

/// A path is its native string, unchanged: not normalised, not resolved, of whatever encoding.
template <class T>
requires codec_detail::path_like<T>
struct codec<T> : codec_detail::built_in_codec {
  static void encode(byte_writer& writer, const T& value) { writer.write(value.native()); }
  static T decode(byte_reader& reader) { return T(reader.read<typename T::string_type>()); }
};

}  // namespace offstage
