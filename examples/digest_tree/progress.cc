#include "examples/digest_tree/progress.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace digest_tree {
namespace {

constexpr std::chrono::seconds memory{5};

// Opening a file takes as long as reading this much.
constexpr double file_cost_bytes = 16 << 10;

double work(const tree_total& amount) {
  return static_cast<double>(amount.bytes) + file_cost_bytes * static_cast<double>(amount.files);
}

std::string grouped(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, ",");
  return digits;
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

std::string in_units(double bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < std::size(units)) {
    bytes /= 1024;
    ++unit;
  }
  return formatted(unit > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

std::string in_hours(std::chrono::seconds time) {
  const long seconds = time.count();
  if (seconds < 3600) return formatted("%ld:%02ld", seconds / 60, seconds % 60);
  return formatted("%ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string bar(double part, std::size_t width) {
  const auto full = static_cast<std::size_t>(part * static_cast<double>(width));
  return '[' + std::string(full, '#') + std::string(width - full, '.') + ']';
}

}  // namespace

progress progress_meter::measure(time_point now, tree_total done, std::optional<tree_total> total) {
  progress shown{done, total, std::nullopt, std::nullopt};
  samples_.push_back({now, done});
  while (samples_.size() > 2 && samples_.front().when < now - memory) samples_.pop_front();
  const auto& from = samples_.front();
  const double seconds = std::chrono::duration<double>(now - from.when).count();
  if (seconds <= 0) return shown;
  shown.bytes_per_second = static_cast<double>(done.bytes - from.done.bytes) / seconds;
  const double speed = (work(done) - work(from.done)) / seconds;
  if (total && speed > 0) {
    const double left = std::max(0.0, work(*total) - work(done)) / speed;
    constexpr double unlikely = 1e6;
    if (left < unlikely) shown.left = std::chrono::seconds(std::lround(std::ceil(left)));
  }
  return shown;
}

std::string progress_text(const progress& shown, std::size_t columns) {
  std::string text = grouped(shown.done.files);
  if (shown.total) text += '/' + grouped(shown.total->files);
  text += " files  " + in_units(static_cast<double>(shown.done.bytes));
  if (shown.total) text += '/' + in_units(static_cast<double>(shown.total->bytes));
  text += "  " + (shown.bytes_per_second ? in_units(*shown.bytes_per_second) : "-") + "/s";
  text += "  " + (shown.left ? in_hours(*shown.left) : "-:--") + " left";

  constexpr std::size_t bar_max = 30;
  constexpr std::size_t bar_min = 5;
  constexpr std::size_t around_bar = 9;  // Brackets, percentage, and spaces.
  if (shown.total && columns >= text.size() + around_bar + bar_min) {
    const double all = work(*shown.total);
    const double part = all > 0 ? std::min(1.0, work(shown.done) / all) : 1.0;
    text = bar(part, std::min(bar_max, columns - text.size() - around_bar)) +
           formatted(" %3d%%  ", static_cast<int>(part * 100)) + text;
  }
  return text.substr(0, columns);
}

}  // namespace digest_tree
