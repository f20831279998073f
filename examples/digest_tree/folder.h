// folder: what a path is, and what is in a folder.
//
// Question: which entries are there, without opening or following what should be left alone?
// Zone:     away.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace digest_tree {

/// What a path names.
enum class entry_kind : std::uint8_t {
  file,
  folder,
  link,  ///< A link that leads somewhere.
  broken_link,
  fifo,
  socket,
  device,
  unknown,  ///< The system did not say; `error` is why.
};

/// An entry, looked at but not opened.
struct entry {
  entry_kind kind = entry_kind::unknown;
  int error = 0;                 ///< errno, for broken_link and unknown.
  std::uint64_t size_bytes = 0;  ///< For files.
};

/// Whether a link at the end of a path is followed.
enum class links : std::uint8_t { followed, not_followed };

/// Why the entry has no digest; for all kinds but file, folder and link.
std::string reason(const entry& of);

/// An errno as text.
std::string reason(int error);

/// Looks at a path of the command line, through links.
entry look_at(const std::string& path);

/// Calls `visit(name, entry)` for each entry of a folder but `.` and `..`, in no order, until it
/// returns false. No descriptor stays open.
/// @returns 0, or the errno of what went wrong.
int read_folder(const std::string& path, links how,
                const std::function<bool(const char* name, const entry&)>& visit);

}  // namespace digest_tree
