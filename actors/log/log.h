// log: one line from a room to its logger.
//
// Question: how does a room say what happened?
// Zone:     border. Hears every room, says it to the sink.
#pragma once

#include <fmt/core.h>

#include <string_view>
#include <utility>

#include "actors/log/logging.h"

namespace offstage::log {

/// True if a record of this level would be kept: one relaxed load.
bool kept(log_room room, log_level level) noexcept;

/// Writes a record; never throws.
void write(log_room room, log_level level, std::string_view text) noexcept;

/// Formats and writes a record if it would be kept; never throws.
template <class... Args>
void line(log_room room, log_level level, fmt::format_string<Args...> format,
          Args&&... args) noexcept {
  if (!kept(room, level)) return;
  try {
    write(room, level, fmt::format(format, std::forward<Args>(args)...));
  } catch (...) {
    write(room, level, "a log record that could not be formatted");
  }
}

}  // namespace offstage::log
