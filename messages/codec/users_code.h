// users_code: whether a value comes and goes without the user's code.
//
// Question: does reading or destroying a T call a function that the user wrote?
// Zone:     pure. Hears a type, says a constant to the kinds of task.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "messages/codec/codec.h"
#include "messages/codec/codec_memory.h"
#include "messages/codec/inspector.h"

namespace offstage {
namespace codec_detail {

// A type of the standard library, and all that it is made of.
template <class T>
inline constexpr bool all_standard = std::is_void_v<T> || std::is_arithmetic_v<T>;

template <template <class...> class C, class... Ts>
inline constexpr bool all_standard<C<Ts...>> = is_library_type<C<Ts...>>() &&
                                               (all_standard<Ts> && ...);

// Codecs of the user's own are not built in.
template <class T>
inline constexpr bool has_built_in_codec =
    has_codec<T>&& std::is_base_of_v<built_in_codec, codec<T>>;

template <class T>
consteval bool is_quiet_value() {
  if constexpr (std::is_void_v<T> || std::is_arithmetic_v<T>) return true;
  if constexpr (!has_built_in_codec<T> || inspectable<T>) return false;
  if constexpr (requires { codec<T>::quiet; }) return codec<T>::quiet;
  // Its memory, or one class of the standard library.
  return std::is_trivially_copyable_v<T> || is_library_type<T>();
}

template <class T>
inline constexpr bool quiet_value = is_quiet_value<T>();

template <class T>
inline constexpr bool quiet_value<const T> = quiet_value<T>;

// What stands beside the elements of a container is the user's code where it is not standard, and
// where it is it calls what belongs to the keys: so these are standard, too.
template <class T>
consteval bool has_quiet_policies() {
  if constexpr (requires { typename T::traits_type; }) {
    if (!all_standard<typename T::traits_type>) return false;
  }
  if constexpr (requires { typename T::key_type; }) {
    if (!all_standard<typename T::key_type>) return false;
  }
  if constexpr (requires { typename T::key_compare; }) {
    if (!all_standard<typename T::key_compare>) return false;
  }
  if constexpr (requires { typename T::hasher; }) {
    if (!all_standard<typename T::hasher> || !all_standard<typename T::key_equal>) return false;
  }
  if constexpr (requires { typename T::allocator_type; }) {
    return std::is_same_v<typename T::allocator_type, std::allocator<typename T::value_type>>;
  }
  return true;
}

// Policies have been looked at; what is left are elements.
template <class T>
inline constexpr bool quiet_part = !has_codec<T> || quiet_value<T>;

template <template <class...> class C, class... Ts>
requires(is_library_type<C<Ts...>>()) inline constexpr bool quiet_value<C<Ts...>> =
    has_built_in_codec<C<Ts...>> && has_quiet_policies<C<Ts...>>() && (quiet_part<Ts> && ...);

template <class T, std::size_t N>
inline constexpr bool quiet_value<std::array<T, N>> = quiet_value<T>;

}  // namespace codec_detail

/// True if no function of the user's is called when a T is read from bytes, moved, or destroyed: no
/// codec, inspect overload, constructor, destructor, comparison, hash or allocator.
template <class T>
inline constexpr bool is_quiet = codec_detail::quiet_value<T>;

}  // namespace offstage
