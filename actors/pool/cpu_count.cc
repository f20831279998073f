#include "actors/pool/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace offstage {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> cpus(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  const auto rounded_up = *quota / *period + (*quota % *period != 0 ? 1 : 0);
  return static_cast<int>(std::clamp<std::int64_t>(rounded_up, 1, 1 << 20));
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int affinity_cpus() {
  // The kernel refuses a mask shorter than its own; ask with longer ones until it fits.
  for (int bits = 1024; bits <= 1 << 20; bits *= 2) {
    std::vector<cpu_set_t> mask(CPU_ALLOC_SIZE(bits) / sizeof(cpu_set_t) + 1);
    const auto size = mask.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, size, mask.data()) == 0) return CPU_COUNT_S(size, mask.data());
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

// The smallest quota from this group up to the root of the hierarchy.
template <class QuotaIn>
std::optional<int> smallest(std::string group, QuotaIn&& quota_in) {
  std::optional<int> least;
  for (;;) {
    if (const auto here = quota_in(group)) least = std::min(least.value_or(*here), *here);
    const auto slash = group.find_last_of('/');
    if (group.empty() || slash == std::string::npos) return least;
    group.resize(slash);
  }
}

std::optional<int> quota_cpus() {
  std::ifstream groups("/proc/self/cgroup");
  std::optional<int> least;
  for (std::string line; std::getline(groups, line);) {
    // A line is "number:controllers:path"; version 2 has the number 0 and no controllers.
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    auto path = line.substr(second + 1);
    if (path == "/") path.clear();
    std::optional<int> found;
    if (controllers == ",,") {
      found = smallest(path, [](const std::string& group) {
        return cpus_of_quota(read("/sys/fs/cgroup" + group + "/cpu.max"));
      });
    } else if (controllers.find(",cpu,") != std::string::npos) {
      found = smallest(path, [](const std::string& group) {
        const auto folder = "/sys/fs/cgroup/cpu" + group;
        return cpus_of_quota(read(folder + "/cpu.cfs_quota_us"),
                             read(folder + "/cpu.cfs_period_us"));
      });
    }
    if (found) least = std::min(least.value_or(*found), *found);
  }
  return least;
}

}  // namespace

std::optional<int> cpus_of_quota(std::string_view cpu_max) {
  const auto space = cpu_max.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return cpus(number(cpu_max.substr(0, space)), number(cpu_max.substr(space + 1)));
}

std::optional<int> cpus_of_quota(std::string_view quota_us, std::string_view period_us) {
  return cpus(number(quota_us), number(period_us));
}

int usable_cpus() {
  const int allowed = std::max(1, affinity_cpus());
  return std::min(allowed, quota_cpus().value_or(allowed));
}

}  // namespace offstage
