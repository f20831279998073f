// word_count: the work of uv_headless.
//
// Question: how many lines, words and bytes are there in a file?
// Zone:     away.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

namespace uv_headless {

/// What a file has.
struct word_count {
  std::uint64_t lines = 0;  ///< Ends of lines.
  std::uint64_t words = 0;  ///< Runs of anything but blanks and control characters for space.
  std::uint64_t bytes = 0;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, word_count& x) {
    return f(x.lines, x.words, x.bytes);
  }
};

/// Reads a regular file from its beginning to its end.
/// @errors std::runtime_error that says why it cannot be read.
/// @returns What was counted so far once a stop was requested.
word_count count_words(std::stop_token stop, const std::string& path);

}  // namespace uv_headless
