// codec_error: what goes wrong between a value and its bytes.
//
// Question: how does a codec say that it cannot go on?
// Zone:     pure. Hears every codec in this folder, says one exception type to their callers.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace offstage {

/// A value could not be turned into bytes, or bytes are not a value of the expected type.
///
/// The text names the type and says what was expected and what was found. A codec of the user's
/// own may throw it as well; any other exception of such a codec passes through unchanged.
class codec_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace codec_detail {

/// Fewer bytes are left than the value needs.
/// @errors Always codec_error.
[[noreturn]] void throw_truncated(std::string_view type, std::size_t expected_bytes,
                                  std::size_t found_bytes);

/// The bytes are there but mean nothing.
/// @errors Always codec_error.
[[noreturn]] void throw_malformed(std::string_view type, std::string_view expected,
                                  std::string_view found);

/// A length is larger than what is left could hold.
/// @errors Always codec_error.
[[noreturn]] void throw_length(std::string_view type, std::size_t most, std::size_t found);

/// The value has no encoding.
/// @errors Always codec_error.
[[noreturn]] void throw_not_encodable(std::string_view type, std::string_view reason);

}  // namespace codec_detail
}  // namespace offstage
