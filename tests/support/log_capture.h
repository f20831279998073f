// log_capture: what was logged while it lived.
//
// Question: which records did the rooms write?
// Zone:     border. The sink is called in any thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "actors/log/logging.h"

namespace offstage::testing {

/// Takes the place of the log's sink while it lives, and keeps the records.
class log_capture {
 public:
  struct record {
    log_level level;
    log_room room;
    std::string text;
  };

  explicit log_capture(log_level least = log_level::warning) {
    set_log_level(least);
    set_log_sink([this](const log_record& each) {
      std::lock_guard lock(mutex_);
      records_.push_back({each.level, each.room, std::string(each.text)});
    });
  }

  ~log_capture() {
    set_log_sink(nullptr);
    set_log_level(log_level::warning);
  }

  log_capture(const log_capture&) = delete;
  log_capture& operator=(const log_capture&) = delete;

  std::vector<record> records() const {
    std::lock_guard lock(mutex_);
    return records_;
  }

  /// How many records contain the text.
  int count(const std::string& text) const {
    int found = 0;
    for (const auto& each : records()) found += each.text.find(text) != std::string::npos ? 1 : 0;
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<record> records_;
};

}  // namespace offstage::testing
