// functions: std::function and a call of anything, without the rest of <functional>.
//
// Question: what do headers include that keep or call functions?
// Zone:     pure.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

// std::function is a small part of <functional>; the rest are algorithms of searching, which bring
// hash tables. Every file of a program that uses the library would compile those.
#if __has_include(<bits/std_function.h>)
#include <bits/std_function.h>
#else
#include <functional>
#endif

namespace offstage::detail {

/// As `std::invoke`.
template <class Function, class... Args>
constexpr std::invoke_result_t<Function, Args...> invoke(Function&& function, Args&&... args) {
  if constexpr (std::is_member_pointer_v<std::remove_cvref_t<Function>>) {
    return std::apply(std::forward<Function>(function),
                      std::forward_as_tuple(std::forward<Args>(args)...));
  } else {
    return std::forward<Function>(function)(std::forward<Args>(args)...);
  }
}

}  // namespace offstage::detail
