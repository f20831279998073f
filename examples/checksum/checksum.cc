#include "examples/checksum/checksum.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace fs = std::filesystem;

std::vector<listed_file> files_below(std::stop_token stop, const std::string& folder) {
  std::vector<listed_file> files;
  std::error_code skipped;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied),
       end;
       it != end && !stop.stop_requested(); it.increment(skipped)) {
    if (it->is_symlink(skipped) || !it->is_regular_file(skipped)) continue;
    const auto size = it->file_size(skipped);
    if (!skipped) files.push_back({it->path().string(), size});
  }
  std::sort(files.begin(), files.end(),
            [](const auto& left, const auto& right) { return left.path < right.path; });
  return files;
}

std::uint64_t size_of(const std::vector<listed_file>& files) {
  std::uint64_t size = 0;
  for (const auto& each : files) size += each.size_bytes;
  return size;
}

std::uint64_t checksum(offstage::steps_reporter& steps, const std::vector<listed_file>& files) {
  // FNV-1a.
  std::uint64_t sum = 14695981039346656037ULL;
  std::vector<char> block(1 << 20);
  for (const auto& each : files) {
    steps.step(each.path, 0);
    std::ifstream file(each.path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + each.path);
    while (file.read(block.data(), static_cast<std::streamsize>(block.size())) ||
           file.gcount() > 0) {
      // Each block is a step, so that the bar moves within large files and a cancel is soon
      // noticed.
      const auto size = static_cast<std::size_t>(file.gcount());
      steps.step(each.path, size);
      for (std::size_t i = 0; i < size; ++i) {
        sum = (sum ^ static_cast<unsigned char>(block[i])) * 1099511628211ULL;
      }
    }
  }
  steps.stop("Done");
  return sum;
}

std::string megabytes(std::uint64_t complete, std::uint64_t total) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.1f of %.1f MB", static_cast<double>(complete) / 1e6,
                static_cast<double>(total) / 1e6);
  return text.data();
}

std::string to_hex(std::uint64_t checksum) {
  std::array<char, 17> text;
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(checksum));
  return text.data();
}
