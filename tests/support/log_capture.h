// log_capture: what was logged while it lived.
//
// Question: which records did the rooms write?
// Zone:     border. The sink is called in any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
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
    std::chrono::system_clock::time_point time = {};
    int process = 0;
    std::uint64_t task = 0;
  };

  explicit log_capture(log_level least = log_level::warning) {
    set_log_level(least);
    set_log_sink([kept = kept_](const log_record& each) {
      std::lock_guard lock(kept->mutex);
      kept->records.push_back(
          {each.level, each.room, std::string(each.text), each.time, each.process, each.task});
      kept->changed.notify_all();
    });
  }

  ~log_capture() {
    set_log_sink(nullptr);
    set_log_level(log_level::warning);
  }

  log_capture(const log_capture&) = delete;
  log_capture& operator=(const log_capture&) = delete;

  std::vector<record> records() const {
    std::lock_guard lock(kept_->mutex);
    return kept_->records;
  }

  /// Waits until `so(records)`; false after a minute. For what other threads and processes write.
  template <class Condition>
  bool wait_until(Condition so) const {
    std::unique_lock lock(kept_->mutex);
    return kept_->changed.wait_for(lock, std::chrono::minutes(1),
                                   [&] { return so(kept_->records); });
  }

  /// Waits until there are so many records.
  bool wait_for(std::size_t count) const {
    return wait_until([&](const auto& records) { return records.size() >= count; });
  }

  /// Waits until there is a record that contains the text.
  bool wait_for_text(const std::string& text) const {
    return wait_until([&](const auto& records) {
      return std::any_of(records.begin(), records.end(), [&](const auto& each) {
        return each.text.find(text) != std::string::npos;
      });
    });
  }

  /// How many records contain the text.
  int count(const std::string& text) const {
    int found = 0;
    for (const auto& each : records()) found += each.text.find(text) != std::string::npos ? 1 : 0;
    return found;
  }

 private:
  struct kept_records {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<record> records;
  };

  // Shared with the sink: other threads may be calling it when it is taken away.
  const std::shared_ptr<kept_records> kept_ = std::make_shared<kept_records>();
};

}  // namespace offstage::testing
