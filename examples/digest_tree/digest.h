// digest: the SHA-256 of files, as lines of text.
//
// Question: what does sha256sum print for these files?
// Zone:     away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/offstage.h"
#include "examples/digest_tree/tree_walk.h"

namespace digest_tree {

/// What became of a file.
struct file_end {
  bool digested = false;
  std::string text;  ///< The digest in hex, or why there is none.

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, file_end& x) {
    return f(x.digested, x.text);
  }
};

/// What a task says of its files now and then.
struct digest_news {
  std::vector<file_end> ended;   ///< The next ones, in order.
  std::uint64_t size_bytes = 0;  ///< How much was read since the news before.

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, digest_news& x) {
    return f(x.ended, x.size_bytes);
  }
};

/// The body of a task: digests files, in order. It says something before the first one, after every
/// `files_per_news`, every 16 MiB, and at the end. Looks at the token for each block of 256 KiB.
offstage::generator<digest_news> digest_files(std::stop_token stop, std::vector<listed_file> files,
                                              std::size_t files_per_news);

/// A line of sha256sum: a name with a backslash, newline or carriage return is escaped, and the
/// line then begins with a backslash.
std::string digest_line(const std::string& digest_hex, const std::string& path);

}  // namespace digest_tree
