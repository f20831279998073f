#include "tests/support/display/process_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>

namespace offstage::display {
namespace {

// What can be read of it: a process may end while it is looked at.
std::string contents(const std::filesystem::path& path) {
  std::string read;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return read;
  std::array<char, 4096> part;
  for (ssize_t size; (size = ::read(file, part.data(), part.size())) > 0;) {
    read.append(part.data(), static_cast<std::size_t>(size));
  }
  close(file);
  return read;
}

std::optional<listed_process> read_process(const std::filesystem::path& folder) {
  const std::string digits = folder.filename();
  listed_process read;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), read.pid);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  const std::string stat = contents(folder / "stat");
  // The name stands in parentheses and may contain some itself.
  const auto open = stat.find('(');
  const auto close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  read.name = stat.substr(open + 1, close - open - 1);
  std::istringstream rest{stat.substr(close + 1)};
  char state = 'Z';
  rest >> state >> read.parent;
  if (!rest || state == 'Z' || state == 'X') return std::nullopt;
  read.command = contents(folder / "cmdline");
  std::replace(read.command.begin(), read.command.end(), '\0', ' ');
  return read;
}

}  // namespace

std::vector<listed_process> descendants_of(pid_t root) {
  std::vector<listed_process> all;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{"/proc", error}, end; !error && entry != end;
       entry.increment(error)) {
    if (auto read = read_process(entry->path())) all.push_back(std::move(*read));
  }
  std::vector<listed_process> found;
  std::vector<pid_t> parents{root};
  while (!parents.empty()) {
    const pid_t parent = parents.back();
    parents.pop_back();
    for (const listed_process& candidate : all) {
      if (candidate.parent != parent) continue;
      found.push_back(candidate);
      parents.push_back(candidate.pid);
    }
  }
  return found;
}

std::string to_string(const std::vector<listed_process>& processes) {
  std::string text;
  for (const listed_process& process : processes) {
    text += std::to_string(process.pid) + " (child of " + std::to_string(process.parent) + ") " +
            process.name + ": " + process.command + '\n';
  }
  return text;
}

}  // namespace offstage::display
