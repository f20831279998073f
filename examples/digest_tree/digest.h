// digest: the SHA-256 of files, as lines of text.
//
// Question: what does sha256sum print for these files?
// Zone:     away.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "examples/digest_tree/problem.h"
#include "examples/digest_tree/tree_walk.h"

namespace digest_tree {

/// How far all tasks together have come; looked at by whoever shows it.
struct digest_counters {
  std::atomic<std::uint64_t> files{0};
  std::atomic<std::uint64_t> bytes{0};
};

/// What became of some files.
struct digest_batch {
  std::string lines;  ///< One for each digested file, in order.
  std::vector<problem> problems;
};

/// The body of a task: digests files, in order. Looks at the token for each block of 256 KiB.
digest_batch digest_files(std::stop_token stop, const std::vector<listed_file>& files,
                          const std::shared_ptr<digest_counters>& counters);

/// A line of sha256sum: a name with a backslash, newline or carriage return is escaped, and the
/// line then begins with a backslash.
std::string digest_line(const std::string& digest_hex, const std::string& path);

}  // namespace digest_tree
