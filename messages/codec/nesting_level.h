// nesting_level: one step deeper into a nested value.
//
// Question: how deep may values nest before the stack is in danger?
// Zone:     pure. Hears the writer and the reader, says codec_error to them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "messages/codec/codec_error.h"

namespace offstage {

/// How many values may lie inside each other on the way to the innermost one. A container and its
/// element are two levels, so a list linked by `std::unique_ptr` may have half as many nodes.
inline constexpr std::size_t nesting_depth_max = 256;

namespace codec_detail {

/// Counts one level for as long as it lives.
class nesting_level {
 public:
  /// Goes one level deeper.
  /// @errors codec_error if that is deeper than `nesting_depth_max`; the depth is unchanged.
  nesting_level(std::size_t& depth, std::string_view type) : depth_(depth) {
    if (depth_ >= nesting_depth_max) refuse(type);
    ++depth_;
  }

  nesting_level(const nesting_level&) = delete;
  nesting_level& operator=(const nesting_level&) = delete;
  ~nesting_level() { --depth_; }

 private:
  [[noreturn]] static void refuse(std::string_view type);

  std::size_t& depth_;
};

}  // namespace codec_detail
}  // namespace offstage
