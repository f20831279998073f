#include "actors/pool/worker_care.h"

#include <unistd.h>

#include <filesystem>
#include <string_view>

#include "actors/errors/errors.h"

namespace offstage {
namespace {

constexpr std::size_t memory_least = std::size_t{16} << 20;
constexpr std::string_view own_prefix = "OFFSTAGE_";

void require(bool condition, std::string_view field, std::string_view expected,
             const std::string& found) {
  if (condition) return;
  throw invalid_options("worker_care::" + std::string(field) + ": expected " +
                        std::string(expected) + ", found " + found);
}

void require_positive(time_limit time, std::string_view field) {
  require(!time.none(), field, "a time longer than nothing", "none");
}

void require_variable(const std::string& entry) {
  const auto equals = entry.find('=');
  const bool named = equals != entry.npos && equals != 0 && entry.find('\0') == entry.npos;
  require(named, "environment", "NAME=VALUE", "\"" + entry + "\"");
  require(!entry.starts_with(own_prefix), "environment", "names without OFFSTAGE_", entry);
}

}  // namespace

void require_valid(const worker_care& care, std::size_t worker_count) {
  for (const auto& each : care.environment) require_variable(each);
  if (const auto& where = care.working_directory; !where.empty()) {
    std::error_code ignored;
    require(std::filesystem::is_directory(where, ignored) && ::access(where.c_str(), X_OK) == 0,
            "working_directory", "a directory that may be entered", where);
  }
  require_positive(care.start_time_max, "start_time_max");
  require_positive(care.initializer_time_max, "initializer_time_max");
  require_positive(care.idle_time_max, "idle_time_max");
  require_positive(care.restart_time, "restart_time");
  if (care.tasks_max) {
    require(*care.tasks_max >= 1, "tasks_max", "at least 1 task", std::to_string(*care.tasks_max));
  }
  require(
      care.idle_workers_min >= 0 && static_cast<std::size_t>(care.idle_workers_min) <= worker_count,
      "idle_workers_min", "0 to " + std::to_string(worker_count) + " workers",
      std::to_string(care.idle_workers_min));
  if (care.memory_max) {
    require(*care.memory_max >= memory_least, "memory_max", "at least 16 MiB",
            std::to_string(*care.memory_max) + " bytes");
  }
  require(care.retries_max >= 0, "retries_max", "0 or more", std::to_string(care.retries_max));
  require(care.restarts_max >= 1, "restarts_max", "at least 1", std::to_string(care.restarts_max));
}

}  // namespace offstage
