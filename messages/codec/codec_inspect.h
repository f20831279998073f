// codec_inspect: types that list their members for CAF.
//
// Question: how does a type with an `inspect` overload cross to another process?
// Zone:     pure. Hears the overload, says its members one after the other.
#pragma once

#include <string>

#include "messages/codec/codec.h"
#include "messages/codec/inspector.h"

namespace offstage {

/// A type with an overload in its own namespace such as
///
///     template <class Inspector>
///     typename Inspector::result_type inspect(Inspector& f, reading& x) {
///       return f(caf::meta::type_name("reading"), x.sensor, x.values);
///     }
///
/// is encoded as the members it lists, in that order; built-in arrays among them are taken element
/// by element. CAF's annotations are skipped and its save and load callbacks called; CAF's headers
/// are not needed for any of it. A listed member that has no codec is a codec_error at encoding.
/// An exception, or an error from a callback, refuses the value.
/// @source CAF 0.17 user manual, "Type Inspection", and `serializer`: an overload must not modify
/// what it saves.
template <class T>
requires codec_detail::inspectable<T>
struct codec<T> : codec_detail::built_in_codec {
  static void encode(byte_writer& writer, const T& value) {
    codec_detail::saving_inspector saving(writer);
    if (const auto result = inspect(saving, const_cast<T&>(value))) {
      codec_detail::throw_not_encodable(codec_detail::type_name<T>(),
                                        "its inspect overload failed: " + result.text());
    }
  }

  static T decode(byte_reader& reader) {
    T value{};
    codec_detail::loading_inspector loading(reader);
    if (const auto result = inspect(loading, value)) {
      codec_detail::throw_malformed(codec_detail::type_name<T>(),
                                    "members that its inspect overload takes",
                                    "an error: " + result.text());
    }
    return value;
  }
};

}  // namespace offstage
