// refusal: why a type has no codec, on one line.
//
// Question: what does the compiler tell a user whose type cannot cross to another process?
// Zone:     pure. Hears the codec of types without one, says the text of a static_assert.
#pragma once

#include <type_traits>

#include "messages/codec/memory_value.h"

namespace offstage::codec_detail {

/// What a type without a codec is.
enum class refusal {
  void_type,
  reference,
  pointer,
  function,
  array,
  qualified,
  capturing,
  library_type,
  holds_address,
  view,
  unknown,
};

/// Why T has no codec; for types that have none.
template <class T>
consteval refusal refusal_of() {
  if constexpr (std::is_void_v<T>) {
    return refusal::void_type;
  } else if constexpr (std::is_reference_v<T>) {
    return refusal::reference;
  } else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> ||
                       std::is_null_pointer_v<T>) {
    return refusal::pointer;
  } else if constexpr (std::is_function_v<T>) {
    return refusal::function;
  } else if constexpr (std::is_array_v<T>) {
    return refusal::array;
  } else if constexpr (std::is_const_v<T>) {
    return refusal_of<std::remove_const_t<T>>();
  } else if constexpr (std::is_volatile_v<T>) {
    return refusal::qualified;
  } else {
    switch (judge_memory<T>()) {
      case memory_verdict::not_assignable:
        return refusal::capturing;
      case memory_verdict::library_type:
        return refusal::library_type;
      case memory_verdict::holds_address:
        return refusal::holds_address;
      case memory_verdict::view:
        return refusal::view;
      default:
        return is_library_type<T>() ? refusal::library_type : refusal::unknown;
    }
  }
}

/// Fails to compile with one line that says why T has no codec and what to do about it.
template <class T>
constexpr void explain_refusal() {
  constexpr auto why = refusal_of<T>();
  static_assert(why != refusal::void_type,
                "offstage: void has no codec: there is no value to send");
  static_assert(why != refusal::reference,
                "offstage: a reference has no codec: pass the value, since the object stays in "
                "its process");
  static_assert(why != refusal::pointer,
                "offstage: a pointer has no codec: its address means nothing in another process; "
                "pass the value, or std::string for text");
  static_assert(why != refusal::function,
                "offstage: a function has no codec: it is a callable, not a value");
  static_assert(why != refusal::array,
                "offstage: a built-in array has no codec: it cannot be returned; use std::array");
  static_assert(why != refusal::qualified,
                "offstage: a volatile type has no codec: pass a copy of the value");
  static_assert(why != refusal::capturing,
                "offstage: no codec for a closure with captures, nor for a type with const or "
                "reference members: use a class with an inspect overload or an offstage::codec");
  static_assert(why != refusal::library_type,
                "offstage: no codec for this type of the standard library: it is not known to be "
                "free of addresses, or one of its arguments has no codec or carries a state");
  static_assert(why != refusal::holds_address,
                "offstage: no codec: the type has a member that is a pointer, a view, or a class "
                "with a codec of its own, so its memory cannot be copied to another process; give "
                "it an inspect overload or specialise offstage::codec");
  static_assert(why != refusal::view,
                "offstage: no codec: the type looks like a view or an iterator, which refers to "
                "elements elsewhere; pass the elements, or derive offstage::codec from "
                "offstage::memory_codec if it owns them");
  static_assert(why != refusal::unknown,
                "offstage: no codec for this type: specialise offstage::codec for it, or give it "
                "an inspect overload and a default constructor");
}

}  // namespace offstage::codec_detail
