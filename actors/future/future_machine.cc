#include "actors/future/future_machine.h"

namespace offstage {

std::string_view to_string(future_state state) noexcept {
  switch (state) {
    case future_state::waiting:
      return "waiting";
    case future_state::executing:
      return "executing";
    case future_state::cancelling:
      return "cancelling";
    case future_state::completed:
      return "completed";
    case future_state::failed:
      return "failed";
    case future_state::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string_view to_string(end_reason reason) noexcept {
  switch (reason) {
    case end_reason::not_ended:
      return "not ended";
    case end_reason::completed:
      return "completed";
    case end_reason::raised:
      return "raised";
    case end_reason::cancelled:
      return "cancelled";
    case end_reason::ended_by_force:
      return "ended by force";
    case end_reason::out_of_time:
      return "out of time";
    case end_reason::left_running:
      return "left running";
    case end_reason::worker_failed:
      return "worker failed";
    case end_reason::out_of_memory:
      return "out of memory";
    case end_reason::encoding_failed:
      return "encoding failed";
    case end_reason::protocol_broken:
      return "protocol broken";
  }
  return "unknown";
}

std::string_view to_string(future_machine::input what) noexcept {
  switch (what) {
    case future_machine::input::started:
      return "started";
    case future_machine::input::abandoned:
      return "abandoned";
    case future_machine::input::returned:
      return "returned";
    case future_machine::input::raised:
      return "raised";
    case future_machine::input::sent:
      return "sent";
    case future_machine::input::cancel:
      return "cancel";
  }
  return "unknown";
}

future_machine::verdict future_machine::apply(input what) noexcept {
  switch (state_) {
    case inner::waiting:
      if (what == input::started) return go(inner::executing);
      if (what == input::cancel) return go(inner::cancelling_before_started);
      return verdict::refused;
    case inner::executing:
      if (what == input::returned) return go(inner::completed);
      if (what == input::raised) return go(inner::failed);
      if (what == input::sent) return verdict::dispatch;
      if (what == input::cancel) return go(inner::cancelling_after_started);
      return verdict::refused;
    case inner::cancelling_before_started:
      if (what == input::started) return go(inner::cancelling_after_started);
      if (what == input::abandoned) return go(inner::cancelled_abandoned);
      return verdict::refused;
    case inner::cancelling_after_started:
      if (what == input::returned) return go(inner::cancelled_completed);
      if (what == input::raised) return go(inner::cancelled_failed);
      if (what == input::sent) return verdict::dropped;
      return verdict::refused;
    case inner::completed:
    case inner::failed:
    case inner::cancelled_abandoned:
    case inner::cancelled_completed:
    case inner::cancelled_failed:
      return verdict::refused;
  }
  return verdict::refused;
}

void future_machine::give_up() noexcept {
  switch (state()) {
    case future_state::waiting:
    case future_state::executing:
      state_ = inner::failed;
      break;
    case future_state::cancelling:
      state_ = inner::cancelled_failed;
      break;
    case future_state::completed:
    case future_state::failed:
    case future_state::cancelled:
      break;
  }
}

future_state future_machine::state() const noexcept {
  switch (state_) {
    case inner::waiting:
      return future_state::waiting;
    case inner::executing:
      return future_state::executing;
    case inner::cancelling_before_started:
    case inner::cancelling_after_started:
      return future_state::cancelling;
    case inner::completed:
      return future_state::completed;
    case inner::failed:
      return future_state::failed;
    case inner::cancelled_abandoned:
    case inner::cancelled_completed:
    case inner::cancelled_failed:
      return future_state::cancelled;
  }
  return future_state::failed;
}

std::string future_machine::refusal(input what) const {
  return "the message '" + std::string(to_string(what)) + "' must not come to a future that is " +
         std::string(to_string(state()));
}

}  // namespace offstage
