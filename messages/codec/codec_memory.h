// codec_memory: values that are their own memory, enums among them.
//
// Question: how does a trivially copyable value cross to another process?
// Zone:     pure. Hears such values, says their bytes as they lie in memory.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>

#include "messages/codec/codec.h"
#include "messages/codec/inspector.h"
#include "messages/codec/memory_value.h"

namespace offstage {

/// Copies a trivially copyable T as it lies in memory. A user derives from it to promise that a T
/// holds nothing that is meaningless in another process, where that cannot be seen:
///
///     template <>
///     struct offstage::codec<fixed_text> : offstage::memory_codec<fixed_text> {};
///
/// Bytes that come back are not looked at: a bool or an enum inside a struct is what they say.
/// Padding travels along. A T without members takes no bytes.
/// @source ISO C++20 [basic.types.general]: the bytes of a trivially copyable object, copied into
/// another one of the same type, give it the same value.
template <class T>
struct memory_codec : codec_detail::built_in_codec {
  static_assert(std::is_trivially_copyable_v<T>,
                "offstage: memory_codec needs a trivially copyable type");

  static constexpr bool plain_memory = !std::is_empty_v<T>;

  static void encode(byte_writer& writer, const T& value) {
    if constexpr (plain_memory) {
      writer.append(
          std::span(reinterpret_cast<const std::byte*>(std::addressof(value)), sizeof(T)));
    }
  }

  static T decode(byte_reader& reader) {
    memory room;
    if constexpr (plain_memory) {
      const auto bytes = reader.take(sizeof(T), codec_detail::type_name<T>());
      std::memcpy(static_cast<void*>(&room), bytes.data(), sizeof(T));
    }
    return room.value;
  }

 private:
  // Room for a T that may have no default constructor.
  union memory {
    memory() noexcept : nothing{} {}
    std::byte nothing;
    T value;
  };
};

namespace codec_detail {

template <class T>
concept class_without_inspect =
    unqualified<T> && !std::is_enum_v<T> && user_type<T> && !inspectable<T>;

template <class T>
concept memory_value = class_without_inspect<T> && !is_library_holder<T>() &&
                       judge_memory<T>() == memory_verdict::fine;

template <class T>
concept plain_enum = unqualified<T> && std::is_enum_v<T> && !inspectable<T>;

}  // namespace codec_detail

/// Trivially copyable classes and unions are copied as they lie in memory. Refused are types that
/// refer to something elsewhere, as far as a compiler can see it:
/// - what cannot be assigned: closures with captures, types with const or reference members;
/// - aggregates with a pointer, or with a member refused by these rules, among their first sixteen
///   members; or with a member for whose type the user wrote a codec;
/// - other classes that hand out the same elements through const and non-const objects, by `*x`,
///   `x.begin()` or `x.data()`, as views, iterators and pointers do and containers do not;
/// - types of the standard library, but for complex, bitset, orderings and calendar dates.
///
/// A pointer that is a private member of a class goes unseen: give such a class an inspect overload
/// or a codec.
/// @source ISO C++20 [expr.prim.lambda.closure]: a closure type with captures has a deleted copy
/// assignment operator.
template <class T>
requires codec_detail::memory_value<T>
struct codec<T> : memory_codec<T> {
};

/// An enum is its underlying number. Any number of that type decodes, named or not.
template <class T>
requires codec_detail::plain_enum<T>
struct codec<T> : codec_detail::built_in_codec {
  using number = std::underlying_type_t<T>;

  static constexpr bool plain_memory = codec<number>::plain_memory;

  static void encode(byte_writer& writer, T value) { writer.write(static_cast<number>(value)); }

  static T decode(byte_reader& reader) {
    // Not a cast: without a fixed underlying type that is undefined for numbers out of range.
    const auto read = reader.read<number>();
    T value;
    std::memcpy(&value, &read, sizeof(T));
    return value;
  }
};

}  // namespace offstage
