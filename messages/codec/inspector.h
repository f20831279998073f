// inspector: the two visitors that a user's `inspect` overload meets.
//
// Question: how do the members that `inspect` lists become bytes and back?
// Zone:     pure. Hears the inspect overloads of users' types, says bytes and members.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "messages/codec/codec.h"

// The names of CAF that an overload may use, so that this header needs none of CAF's.
namespace caf {
class actor;
class actor_addr;
class error;
class group;
struct down_msg;
struct exit_msg;
template <class>
class intrusive_ptr;
template <class>
class weak_intrusive_ptr;
template <class...>
class typed_actor;
namespace meta {
struct annotation;
template <class F>
struct load_callback_t;
template <class F>
struct save_callback_t;
}  // namespace meta
}  // namespace caf

namespace offstage {
namespace codec_detail {

class inspect_result;

// What a callback may return: not a bool, of which one does not know whether true is good.
template <class T>
concept callback_outcome = !std::same_as<T, inspect_result> && !std::is_arithmetic_v<T> &&
                           std::constructible_from<bool, const T&>;

template <class T>
concept tells_text = requires(const T& outcome) {
  { to_string(outcome) } -> std::convertible_to<std::string>;
};

/// What an inspect overload returns: success unless it says otherwise, as CAF's `error` does.
/// True in a condition means failure.
class inspect_result {
 public:
  inspect_result() = default;

  /// The outcome of a callback, e.g. a `caf::error`: a failure if it is true in a condition.
  template <callback_outcome Outcome>
  inspect_result(const Outcome& outcome) : failed_(static_cast<bool>(outcome)) {
    if constexpr (tells_text<Outcome>) {
      if (failed_) text_ = to_string(outcome);
    }
  }

  /// True for a failure.
  explicit operator bool() const noexcept { return failed_; }

  /// What the failure says of itself, or nothing.
  const std::string& text() const noexcept { return text_; }

 private:
  bool failed_ = false;
  std::string text_;
};

template <class T>
inline constexpr bool is_save_callback = false;
template <class F>
inline constexpr bool is_save_callback<caf::meta::save_callback_t<F>> = true;
template <class T>
inline constexpr bool is_load_callback = false;
template <class F>
inline constexpr bool is_load_callback<caf::meta::load_callback_t<F>> = true;

template <class T, class... Others>
inline constexpr bool is_one_of = (std::same_as<T, Others> || ...);

// What can be inspected, but only by CAF's own inspectors and in an actor system.
template <class T>
inline constexpr bool belongs_to_caf =
    is_one_of<T, caf::actor, caf::actor_addr, caf::error, caf::group, caf::down_msg, caf::exit_msg>;
template <class T>
inline constexpr bool belongs_to_caf<caf::intrusive_ptr<T>> = true;
template <class T>
inline constexpr bool belongs_to_caf<caf::weak_intrusive_ptr<T>> = true;
template <class... Ts>
inline constexpr bool belongs_to_caf<caf::typed_actor<Ts...>> = true;

/// Passes over the arguments of `f(...)` in an inspect overload: members, to be read or written by
/// Derived, and CAF's annotations, of which only the callbacks do anything.
/// @source CAF 0.17, `data_processor::operator()`: an annotation is skipped, a callback is called
/// in its turn and ends the inspection if it returns an error.
template <class Derived>
class inspector {
 public:
  using result_type = inspect_result;

  /// Visits the arguments from left to right, up to the first failure of a callback.
  /// @errors codec_error.
  template <class... Ts>
  result_type operator()(Ts&&... members) {
    result_type result;
    static_cast<void>((visit(result, std::forward<Ts>(members)) && ...));
    return result;
  }

  /// As `f(member)`.
  /// @errors codec_error.
  template <class T>
  result_type apply(T&& member) {
    return (*this)(std::forward<T>(member));
  }

 private:
  template <class T>
  bool visit(result_type& result, T&& member) {
    using type = std::remove_cvref_t<T>;
    if constexpr (is_save_callback<type>) {
      if constexpr (Derived::reads_state) result = result_type(member.fun());
    } else if constexpr (is_load_callback<type>) {
      if constexpr (Derived::writes_state) result = result_type(member.fun());
    } else if constexpr (std::is_array_v<type>) {
      for (auto& element : member) {
        if (!visit(result, element)) break;
      }
    } else if constexpr (!std::is_base_of_v<caf::meta::annotation, type>) {
      result = static_cast<Derived&>(*this).visit_member(std::forward<T>(member));
    }
    return !result;
  }
};

template <class Inspector, class T>
concept inspects = requires(Inspector& inspector, T& value) {
  { inspect(inspector, value) } -> std::same_as<inspect_result>;
};

// A member that is inspected where it is, since it has no codec: it cannot be made or assigned.
template <class Inspector, class T>
concept inspects_in_place = !belongs_to_caf<T> && inspects<Inspector, T>;

/// Writes the members.
class saving_inspector : public inspector<saving_inspector> {
 public:
  static constexpr bool reads_state = true;
  static constexpr bool writes_state = false;

  explicit saving_inspector(byte_writer& writer) noexcept : writer_(writer) {}

  /// Writes one member.
  /// @errors codec_error if it has no encoding or its type has no codec.
  template <class T>
  result_type visit_member(const T& member) {
    if constexpr (has_codec<T>) {
      writer_.write(member);
      return {};
    } else if constexpr (inspects_in_place<saving_inspector, T>) {
      const auto level = writer_.nested(type_name<T>());
      return inspect(*this, const_cast<T&>(member));
    } else {
      // Not a static_assert: a type whose values stay in their process must still compile.
      throw_not_encodable(type_name<T>(), "a member of this type is inspected but has no codec");
    }
  }

 private:
  byte_writer& writer_;
};

/// Reads the members.
class loading_inspector : public inspector<loading_inspector> {
 public:
  static constexpr bool reads_state = false;
  static constexpr bool writes_state = true;

  explicit loading_inspector(byte_reader& reader) noexcept : reader_(reader) {}

  /// Reads one member.
  /// @errors codec_error if the bytes are not such a value or its type has no codec.
  template <class T>
  result_type visit_member(T&& member) {
    using type = std::remove_cvref_t<T>;
    // Not static_asserts: a type whose values stay in their process must still compile.
    if constexpr (!std::is_lvalue_reference_v<T> || std::is_const_v<std::remove_reference_t<T>>) {
      throw_malformed(type_name<type>(), "a member that can be changed",
                      "a constant or a temporary");
    } else if constexpr (has_codec<type> && std::is_assignable_v<T, type>) {
      member = reader_.read<type>();
      return {};
    } else if constexpr (inspects_in_place<loading_inspector, type>) {
      const auto level = reader_.nested(type_name<type>());
      return inspect(*this, member);
    } else {
      throw_malformed(type_name<type>(), "a member with a codec", "one without");
    }
  }

 private:
  byte_reader& reader_;
};

template <class T>
concept has_inspect = inspects<saving_inspector, T> && inspects<loading_inspector, T>;

template <class T>
concept makeable = std::is_default_constructible_v<T> && std::is_move_constructible_v<T>;

template <class T>
concept user_type = std::is_class_v<T> || std::is_union_v<T> || std::is_enum_v<T>;

/// True for a type whose namespace has an `inspect(f, value)` in the manner of CAF 0.17, for
/// reading and for writing, and which can be made before its members are known.
template <class T>
concept inspectable =
    unqualified<T> && user_type<T> && makeable<T> && !belongs_to_caf<T> && has_inspect<T>;

}  // namespace codec_detail
}  // namespace offstage
