#include "actors/node/free_memory.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

namespace offstage {
namespace {

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

std::uint64_t number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t out = no_limit;
  return file >> out ? out : no_limit;  // A file may say "max".
}

std::uint64_t machine_bytes() {
  std::ifstream file("/proc/meminfo");
  std::uint64_t out = 0;
  bool found = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("MemAvailable:") || line.starts_with("SwapFree:")) {
      out += std::stoull(line.substr(line.find(':') + 1)) * 1024;
      found = true;
    }
  }
  return found ? out : no_limit;
}

// How the files of a version of control groups are called.
struct group_files {
  const char* root;
  const char* most;
  const char* used;
  const char* cache;  // The beginning of the lines that tell the pages of files.
};

constexpr group_files version_1 = {"/sys/fs/cgroup/memory", "/memory.limit_in_bytes",
                                   "/memory.usage_in_bytes", "total_"};
constexpr group_files version_2 = {"/sys/fs/cgroup", "/memory.max", "/memory.current", ""};

// Counted as used, and given up when memory is needed.
std::uint64_t cache_bytes(const std::string& group, const std::string& prefix) {
  std::ifstream file(group + "/memory.stat");
  std::uint64_t out = 0;
  for (std::string name; file >> name;) {
    std::uint64_t value = 0;
    file >> value;
    if (name == prefix + "inactive_file" || name == prefix + "active_file") out += value;
  }
  return out;
}

std::uint64_t left_in(const std::string& group, const group_files& files) {
  const auto most = number_in(group + files.most);
  if (most == no_limit) return no_limit;
  auto used = number_in(group + files.used);
  used -= std::min(used, cache_bytes(group, files.cache));
  return most - std::min(most, used);
}

// The least that a group leaves, from this process's own up to the root.
std::uint64_t groups_bytes() {
  std::ifstream file("/proc/self/cgroup");
  std::uint64_t out = no_limit;
  for (std::string line; std::getline(file, line);) {
    const bool unified = line.starts_with("0::");
    const auto named = line.find(":memory:");
    if (!unified && named == line.npos) continue;
    const auto& files = unified ? version_2 : version_1;
    auto path = line.substr(unified ? 3 : named + 8);
    while (!path.empty()) {
      out = std::min(out, left_in(files.root + path, files));
      path.resize(path == "/" ? 0 : path.rfind('/'));
    }
    out = std::min(out, left_in(files.root, files));
  }
  return out;
}

}  // namespace

std::uint64_t free_memory_bytes() { return std::min(machine_bytes(), groups_bytes()); }

}  // namespace offstage
