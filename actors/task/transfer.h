// transfer: values of a task on their way to another process and back.
//
// Question: can this value be sent, and what is said if it cannot?
// Zone:     pure. Hears records and their attachments, says bytes through codec<T>.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "actors/errors/errors.h"
#include "messages/codec/all_codecs.h"
#include "messages/payload.h"

namespace offstage {

/// Throws not_transferable, with the name of the type and the way out.
[[noreturn]] void throw_not_transferable(std::string_view type);

/// As above, for a `T`.
template <class T>
[[noreturn]] void refuse_transfer() {
  throw_not_transferable(std::is_lvalue_reference_v<T>
                             ? std::string(codec_detail::type_name<std::remove_reference_t<T>>()) +
                                   "&"
                             : std::string(codec_detail::type_name<T>()));
}

/// Throws not_transferable unless a `T` has a codec, or is void.
/// @errors not_transferable.
template <class T>
void require_transferable() {
  if constexpr (!std::is_void_v<T>) {
    if constexpr (std::is_reference_v<T>) {
      refuse_transfer<T>();
    } else if constexpr (!has_codec<T>) {
      refuse_transfer<T>();
    }
  }
}

/// Writes a value.
/// @errors not_transferable; what its codec throws.
template <class T>
void encode_value(byte_writer& writer, const T& value) {
  if constexpr (has_codec<T>) {
    writer.write(value);
  } else {
    refuse_transfer<T>();
  }
}

/// Reads the value in a message.
/// @errors codec_error; not_transferable; what its codec throws.
template <class T>
T decode_value(const payload& where) {
  if constexpr (has_codec<T>) {
    return decode_from_bytes<T>(where.bytes, where.keeper);
  } else {
    refuse_transfer<T>();
  }
}

}  // namespace offstage
