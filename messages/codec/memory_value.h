// memory_value: values that are nothing but their own memory.
//
// Question: may the bytes of this type be copied into another process as they lie in memory?
// Zone:     pure. Hears a type, says a verdict to the codec of memory and to the text of refusals.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "messages/codec/type_name.h"

namespace offstage {

template <class T>
struct codec;

namespace codec_detail {

/// The base of the codecs in this folder; what is not derived from it is the user's own.
struct built_in_codec {};

/// What stands in the way of copying a type's memory to another process.
enum class memory_verdict {
  fine,                    ///< Nothing.
  not_trivially_copyable,  ///< Its copies are more than a copy of bytes.
  not_assignable,          ///< A closure with captures, or it has const or reference members.
  library_type,            ///< A type of the standard library that is not known to be plain.
  holds_address,           ///< One of its members is a pointer, a view, or in that way itself.
  view,                    ///< It hands out the same elements whether it is const or not.
};

template <class T>
consteval memory_verdict judge_memory();
template <class T>
consteval bool harmless_member();

// Types of the library that hold others: they have codecs, but may lie in plain structs as well.
template <class T>
consteval bool is_library_holder() {
  for (std::string_view prefix :
       {"std::optional<", "std::variant<", "std::array<", "std::pair<", "std::tuple<",
        "std::chrono::duration<", "std::chrono::time_point<"}) {
    if (type_name<T>().starts_with(prefix)) return true;
  }
  return false;
}

// Types of the library without a codec of their own that are plain memory.
template <class T>
consteval bool is_library_value() {
  for (std::string_view prefix :
       {"std::complex<", "std::bitset<", "std::strong_ordering", "std::weak_ordering",
        "std::partial_ordering", "std::chrono::day", "std::chrono::month", "std::chrono::year",
        "std::chrono::weekday", "std::chrono::hh_mm_ss<"}) {
    if (type_name<T>().starts_with(prefix)) return true;
  }
  return false;
}

template <class T>
consteval bool is_library_type() {
  return type_name<T>().starts_with("std::") || type_name<T>().starts_with("__gnu_");
}

template <class T>
inline constexpr bool has_harmless_arguments = true;
template <template <class...> class C, class... Ts>
inline constexpr bool has_harmless_arguments<C<Ts...>> = (harmless_member<Ts>() && ...);

enum class suspect { pointer, holder, other_class };

template <class T>
consteval suspect suspect_kind() {
  if constexpr (!std::is_class_v<T> && !std::is_union_v<T>) return suspect::pointer;
  return is_library_holder<T>() ? suspect::holder : suspect::other_class;
}

// Stands for a value of any type of this kind that must not be copied as memory. One kind at a
// time, or else `optional<string_view>` could be made from it in two ways, hence in none.
template <suspect Kind>
struct any_suspect {
  template <class T>
  requires(suspect_kind<T>() == Kind && !harmless_member<T>()) operator T() const;
};

struct any_stranger {};

// Whether the field with this index can be initialised by an X. An empty pair of braces skips one
// field of any type, an array too; an X for an array meets its first element.
template <class T, class X, std::size_t Index>
consteval bool field_takes() {
  // clang-format off
  if constexpr (Index == 0) return requires { T{X{}}; };
  if constexpr (Index == 1) return requires { T{{}, X{}}; };
  if constexpr (Index == 2) return requires { T{{}, {}, X{}}; };
  if constexpr (Index == 3) return requires { T{{}, {}, {}, X{}}; };
  if constexpr (Index == 4) return requires { T{{}, {}, {}, {}, X{}}; };
  if constexpr (Index == 5) return requires { T{{}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 6) return requires { T{{}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 7) return requires { T{{}, {}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 8) return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 9) return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 10) return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 11) return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 12) return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 13) return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 14) return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, X{}}; };
  if constexpr (Index == 15) return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, X{}}; };
  // clang-format on
  return false;
}

inline constexpr std::size_t judged_fields_max = 16;

template <std::size_t>
struct any_value_at {
  template <class T>
  operator T() const;
};

// The same, past members that cannot be made from empty braces; an array counts as its elements.
template <class T, class X, std::size_t... Before>
consteval bool field_takes_after(std::index_sequence<Before...>) {
  return requires { T{any_value_at<Before>{}..., X{}}; };
}

template <class T, class X, std::size_t Index>
consteval bool some_field_takes() {
  return field_takes<T, X, Index>() || field_takes_after<T, X>(std::make_index_sequence<Index>());
}

template <class T, suspect Kind, std::size_t... Indexes>
consteval bool has_suspect_field(std::index_sequence<Indexes...>) {
  // A member that can be made from anything says nothing.
  return ((some_field_takes<T, any_suspect<Kind>, Indexes>() &&
           !some_field_takes<T, any_stranger, Indexes>()) ||
          ...);
}

template <class T>
consteval bool fields_hold_address() {
  constexpr auto indexes = std::make_index_sequence<judged_fields_max>();
  return has_suspect_field<T, suspect::pointer>(indexes) ||
         has_suspect_field<T, suspect::holder>(indexes) ||
         has_suspect_field<T, suspect::other_class>(indexes);
}

template <class T>
concept same_element_through_const = requires(T& it, const T& constant) {
  requires std::is_lvalue_reference_v<decltype(*it)>;
  requires std::is_same_v<decltype(*it), decltype(*constant)>;
};

template <class T>
concept same_range_through_const = requires(T& it, const T& constant) {
  requires std::is_lvalue_reference_v<decltype(*it.begin())>;
  requires std::is_same_v<decltype(*it.begin()), decltype(*constant.begin())>;
};

template <class T>
concept same_data_through_const = requires(T& it, const T& constant) {
  requires std::is_pointer_v<decltype(it.data())>;
  requires std::is_same_v<decltype(it.data()), decltype(constant.data())>;
};

template <class T>
consteval memory_verdict judge_memory() {
  if constexpr (!std::is_trivially_copyable_v<T> || !std::is_copy_constructible_v<T>) {
    return memory_verdict::not_trivially_copyable;
  } else if constexpr (std::is_empty_v<T>) {
    return memory_verdict::fine;
  } else if constexpr (!std::is_copy_assignable_v<T>) {
    return memory_verdict::not_assignable;
  } else if constexpr (is_library_type<T>() && !std::is_aggregate_v<T>) {
    if constexpr (!is_library_holder<T>() && !is_library_value<T>()) {
      return memory_verdict::library_type;
    } else {
      return has_harmless_arguments<T> ? memory_verdict::fine : memory_verdict::holds_address;
    }
  } else if constexpr (std::is_aggregate_v<T>) {
    return fields_hold_address<T>() ? memory_verdict::holds_address : memory_verdict::fine;
  } else if constexpr (same_element_through_const<T> || same_range_through_const<T> ||
                       same_data_through_const<T>) {
    return memory_verdict::view;
  } else {
    return memory_verdict::fine;
  }
}

/// False for members that keep a struct from being copied as memory: addresses, and classes for
/// which the user wrote a codec, since their memory alone would not do.
template <class T>
consteval bool harmless_member() {
  if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T>) {
    return false;
  } else if constexpr (!std::is_class_v<T> && !std::is_union_v<T>) {
    return true;
  } else if constexpr (!std::is_base_of_v<built_in_codec, codec<T>>) {
    return false;
  } else if constexpr (requires { requires codec<T>::plain_memory; }) {
    return true;
  } else {
    return judge_memory<T>() == memory_verdict::fine;
  }
}

}  // namespace codec_detail
}  // namespace offstage
