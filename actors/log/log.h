// log: one line from a room to its logger.
//
// Question: how does a room say what happened?
// Zone:     border. Hears every room, says it to the sink.
#pragma once

#include <fmt/core.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "actors/log/logging.h"

namespace offstage::log {

/// The most bytes that a text may have.
inline constexpr std::size_t text_bytes_max = 64 * 1024;

/// True if a record of this level would be kept: two loads.
///
/// No mutex of ours may be held, here and below: a record may reach the user's sink. Builds without
/// NDEBUG abort where one is.
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

/// Gives a record that was written elsewhere to the sink, in the calling thread, if it would be
/// kept; never throws.
void deliver(const log_record& record) noexcept;

/// The record in the place of some that were dropped.
class dropped_notice {
 public:
  /// @param process The id of the one that wrote them.
  dropped_notice(std::uint64_t records, int process);
  dropped_notice(const dropped_notice&) = delete;
  dropped_notice& operator=(const dropped_notice&) = delete;

  const log_record& record() const noexcept { return record_; }

 private:
  const std::string text_;
  const log_record record_;
};

/// While it lives, what the calling thread writes is a task's.
class task_scope {
 public:
  explicit task_scope(std::uint64_t task) noexcept;
  ~task_scope();
  task_scope(const task_scope&) = delete;
  task_scope& operator=(const task_scope&) = delete;

 private:
  const std::uint64_t before_;
};

/// Takes records elsewhere.
class carrier {
 public:
  /// Returns false if it does not take this record. Never waits, and never logs.
  virtual bool carry(const log_record& record) noexcept = 0;

 protected:
  ~carrier() = default;
};

/// Begins afresh, in a process that may be a copy of another one: without a sink of the user's,
/// without a lock that may be held. Records that no sink takes go with `which`, not to stderr.
/// @param which Lives for ever.
/// @thread One that is alone.
void carry_for_process(carrier& which);

/// What the calling thread writes goes with `which` from now on, not to the sink: the thread may
/// not be kept waiting.
/// @param which Lives as long as the thread.
void carry_for_thread(carrier& which) noexcept;

/// The least level of each room, plus one; 0 is the default. So it may lie in memory that other
/// processes see, and that was all zero.
struct level_table {
  std::array<std::atomic<std::uint8_t>, log_room_count> least;
};

/// Keeps the levels of this process in `memory`, as they are now.
/// @param memory Lives for ever.
void share_levels(level_table& memory);

/// Takes the levels that are in `memory`, and keeps them there.
/// @param memory Lives for ever.
/// @thread One that is alone.
void follow_levels(level_table& memory) noexcept;

}  // namespace offstage::log
