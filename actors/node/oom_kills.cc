#include "actors/node/oom_kills.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

namespace offstage {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string first_that_counts() {
  for (auto& each : oom_kills_places(text_of("/proc/self/cgroup"))) {
    if (oom_kills_in(text_of(each))) return std::move(each);
  }
  return {};
}

}  // namespace

std::optional<std::uint64_t> oom_kills_in(std::string_view text) {
  constexpr std::string_view name = "oom_kill ";
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(name)) continue;
    std::uint64_t out = 0;
    const auto* const end = line.data() + line.size();
    const auto [stopped, error] = std::from_chars(line.data() + name.size(), end, out);
    if (error == std::errc() && stopped == end) return out;
  }
  return std::nullopt;
}

std::vector<std::string> oom_kills_places(std::string_view groups) {
  std::vector<std::string> second;
  std::vector<std::string> first;
  while (!groups.empty()) {
    // A line is "number:controllers:path"; version 2 has the number 0 and no controllers.
    const auto line = groups.substr(0, groups.find('\n'));
    groups.remove_prefix(std::min(groups.size(), line.size() + 1));
    const auto colon = line.find(':');
    const auto other = line.find(':', colon + 1);
    if (colon == line.npos || other == line.npos) continue;
    const auto controllers = "," + std::string(line.substr(colon + 1, other - colon - 1)) + ",";
    std::string group(line.substr(other + 1));
    const bool is_second = controllers == ",,";
    if (!is_second && controllers.find(",memory,") == controllers.npos) continue;
    if (group == "/") group.clear();
    for (;;) {
      if (is_second) {
        second.push_back("/sys/fs/cgroup" + group + "/memory.events");
      } else {
        first.push_back("/sys/fs/cgroup/memory" + group + "/memory.oom_control");
      }
      const auto slash = group.find_last_of('/');
      if (slash == group.npos) break;
      group.resize(slash);
    }
  }
  second.insert(second.end(), first.begin(), first.end());
  second.emplace_back("/proc/vmstat");
  return second;
}

oom_kills::oom_kills() : oom_kills(first_that_counts()) {}

oom_kills::oom_kills(std::string path) : path_(std::move(path)), explained_(read()) {}

bool oom_kills::explain_one() {
  if (read() <= explained_) return false;
  ++explained_;
  return true;
}

std::uint64_t oom_kills::read() const { return oom_kills_in(text_of(path_)).value_or(0); }

}  // namespace offstage
