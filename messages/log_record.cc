#include "messages/log_record.h"

namespace offstage {

std::string_view to_string(log_level level) noexcept {
  switch (level) {
    case log_level::trace:
      return "trace";
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
    case log_level::off:
      return "off";
  }
  return "unknown";
}

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
    case log_room::application:
      return "application";
  }
  return "unknown";
}

}  // namespace offstage
