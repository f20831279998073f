#include "actors/future/steps_future.h"

#include "actors/future/step_of.h"
#include "actors/task/carried.h"

namespace offstage {

bool steps_receiver::take(future_core& future, const state_message& message, attachment* beside) {
  if (message.kind != state_message_kind::stepped) return false;
  auto* const latest = dynamic_cast<carried_latest<flat_message>*>(beside);
  const auto now = latest == nullptr ? message.step : step_of({}, latest);
  const bool other_message = message_ != now.message;
  const bool other_total = total_ != now.total;
  const bool other_complete = complete_ != now.complete;
  message_ = now.message;
  total_ = now.total;
  complete_ = now.complete;
  if (observers_.empty()) return true;
  auto* const home = future.home_bell();
  if (other_message) observers_.notify(home, steps_event::message, future);
  if (other_total) observers_.notify(home, steps_event::total, future);
  if (other_complete) observers_.notify(home, steps_event::complete, future);
  return true;
}

}  // namespace offstage
