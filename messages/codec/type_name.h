// type_name: the name of a type as text.
//
// Question: what do errors call this type?
// Zone:     pure. Hears nothing, says a constant of the compiler's to the codecs beside it.
#pragma once

#include <cstddef>
#include <string_view>

namespace offstage::codec_detail {

template <class T>
constexpr std::string_view signature_with_type() noexcept {
  return __PRETTY_FUNCTION__;
}

/// The name of T as the compiler writes it, e.g. "std::vector<int>"; lives as long as the program.
template <class T>
constexpr std::string_view type_name() noexcept {
  constexpr std::string_view known = "void";
  constexpr auto pattern = signature_with_type<void>();
  constexpr auto before = pattern.find(known);
  constexpr auto after = pattern.size() - before - known.size();
  constexpr auto whole = signature_with_type<T>();
  return whole.substr(before, whole.size() - before - after);
}

}  // namespace offstage::codec_detail
