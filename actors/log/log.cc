#include "actors/log/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>

namespace offstage {
namespace {

constexpr std::size_t room_count = 8;

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::trace:
      return spdlog::level::trace;
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
    case log_level::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

log_level from_spdlog(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return log_level::trace;
    case spdlog::level::debug:
      return log_level::debug;
    case spdlog::level::info:
      return log_level::info;
    case spdlog::level::warn:
      return log_level::warning;
    default:
      return log_level::error;
  }
}

using user_sink = std::function<void(const log_record&)>;

// Where every room's logger writes: the user's function, or stderr while there is none.
class outlet final : public spdlog::sinks::sink {
 public:
  void set(user_sink next) {
    auto shared = next ? std::make_shared<const user_sink>(std::move(next)) : nullptr;
    std::lock_guard lock(mutex_);
    user_.swap(shared);
  }

  void log(const spdlog::details::log_msg& message) override {
    std::shared_ptr<const user_sink> user;
    {
      std::lock_guard lock(mutex_);
      user = user_;
    }
    if (!user) {
      terminal_->log(message);
      return;
    }
    (*user)({message.time,
             from_spdlog(message.level),
             room_of(message.logger_name),
             {message.payload.data(), message.payload.size()}});
  }

  void flush() override { terminal_->flush(); }
  void set_pattern(const std::string& pattern) override { terminal_->set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    terminal_->set_formatter(std::move(formatter));
  }

 private:
  static log_room room_of(spdlog::string_view_t logger) {
    std::string_view name(logger.data(), logger.size());
    for (std::size_t i = 0; i < room_count; ++i) {
      if (name.ends_with(to_string(static_cast<log_room>(i)))) return static_cast<log_room>(i);
    }
    return log_room::loop;
  }

  std::mutex mutex_;
  std::shared_ptr<const user_sink> user_;
  std::shared_ptr<spdlog::sinks::sink> terminal_ =
      std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
};

struct loggers {
  std::shared_ptr<outlet> out = std::make_shared<outlet>();
  std::array<std::shared_ptr<spdlog::logger>, room_count> rooms;

  loggers() {
    for (std::size_t i = 0; i < room_count; ++i) {
      auto name = "offstage." + std::string(to_string(static_cast<log_room>(i)));
      rooms[i] = std::make_shared<spdlog::logger>(name, out);
      rooms[i]->set_level(spdlog::level::warn);
      rooms[i]->set_error_handler([](const std::string&) {});
    }
  }
};

// Never destroyed: threads that outlive main may still log.
loggers& all() {
  static auto* const instance = new loggers;
  return *instance;
}

spdlog::logger& logger_of(log_room room) { return *all().rooms[static_cast<std::size_t>(room)]; }

}  // namespace

std::string_view to_string(log_room room) noexcept {
  switch (room) {
    case log_room::loop:
      return "loop";
    case log_room::router:
      return "router";
    case log_room::future:
      return "future";
    case log_room::executor:
      return "executor";
    case log_room::pool:
      return "pool";
    case log_room::worker:
      return "worker";
    case log_room::context:
      return "context";
    case log_room::node:
      return "node";
  }
  return "unknown";
}

void set_log_level(log_level level) {
  for (auto& room : all().rooms) room->set_level(to_spdlog(level));
}

void set_log_level(log_room room, log_level level) { logger_of(room).set_level(to_spdlog(level)); }

void set_log_sink(std::function<void(const log_record&)> sink) { all().out->set(std::move(sink)); }

namespace log {

bool kept(log_room room, log_level level) noexcept {
  return logger_of(room).should_log(to_spdlog(level));
}

void write(log_room room, log_level level, std::string_view text) noexcept {
  try {
    logger_of(room).log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
  } catch (...) {
    // A record that cannot be written must not change what the program does.
  }
}

}  // namespace log
}  // namespace offstage
