// stored_text: a text argument on its way to a task.
//
// Question: who owns the characters that a `const char*` or a view points to?
// Zone:     pure. Hears the submission, says the argument to the callable.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace offstage::detail {

template <class T>
inline constexpr bool is_c_text = std::is_same_v<T, const char*> || std::is_same_v<T, char*>;

// How an argument is kept in the task, and handed to the callable as what it was.
template <class T>
struct stored_argument {
  T value;
  T&& pass() noexcept { return static_cast<T&&>(value); }
  using passed = T&&;
};

// Pointers to characters and views are kept as strings: what they point to may be gone by then.
template <class T>
requires is_c_text<T>
struct stored_argument<T> {
  stored_argument(T text) : is_null(text == nullptr), value(is_null ? "" : text) {}
  bool is_null;
  std::string value;
  T pass() noexcept { return is_null ? nullptr : value.data(); }
  using passed = T;
};

template <>
struct stored_argument<std::string_view> {
  stored_argument(std::string_view text) : value(text) {}
  std::string value;
  std::string_view pass() noexcept { return value; }
  using passed = std::string_view;
};

}  // namespace offstage::detail
