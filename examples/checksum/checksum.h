// The work of the two progress dialogs: files are read, which takes its time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/offstage.h"

/// A file to be read.
struct listed_file {
  std::string path;
  std::uint64_t size_bytes = 0;

  /// Files cross to worker processes so.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, listed_file& x) {
    return f(x.path, x.size_bytes);
  }
};

/// The regular files below a folder that can be listed, in the order of their paths.
std::vector<listed_file> files_below(std::stop_token stop, const std::string& folder);

/// How many bytes they have.
std::uint64_t size_of(const std::vector<listed_file>& files);

/// A checksum of the contents of all of them, in steps that are worth the bytes they read.
/// @throws std::runtime_error if one cannot be read.
std::uint64_t checksum(offstage::steps_reporter& steps, const std::vector<listed_file>& files);

/// "12.3 of 45.6 MB", for a dialog.
std::string megabytes(std::uint64_t complete, std::uint64_t total);

/// The same for a person to compare.
std::string to_hex(std::uint64_t checksum);
