#include "actors/future/custom_future.h"

#include <algorithm>

#include "actors/loop/calling_out.h"

namespace offstage {

subscription named_receiver::add(std::string name, callback<future_core&, void*> call) {
  return observers_.add({std::move(name), ""}, std::move(call));
}

subscription named_receiver::add(std::string name, std::string_view type, reader read,
                                 callback<future_core&, void*> call) {
  if (reader_of(type) == nullptr) readers_.emplace_back(type, read);
  return observers_.add({std::move(name), std::string(type)}, std::move(call));
}

named_receiver::reader named_receiver::reader_of(std::string_view type) const noexcept {
  const auto found = std::find_if(readers_.begin(), readers_.end(),
                                  [&](const auto& each) { return each.first == type; });
  return found == readers_.end() ? nullptr : found->second;
}

bool named_receiver::take(future_core& future, const state_message& message, attachment* beside) {
  if (message.kind != state_message_kind::custom || beside == nullptr) return false;
  auto& carrier = *static_cast<ticket*>(beside);
  const key which{std::string(message.name), std::string(carrier.value_type())};
  if (!observers_.any(which)) return false;
  const auto* const encoded = dynamic_cast<carried_bytes*>(&carrier);
  if (encoded == nullptr || encoded->value_type().empty()) {
    observers_.notify(future.home_bell(), which, future, carrier.value());
    return true;
  }
  // The value came from another process; whoever observes it knows its type. Its codec is the
  // user's.
  const calling_out now(future.home_bell());
  const auto read = reader_of(which.type)(encoded->where());
  observers_.notify(future.home_bell(), which, future, read.get());
  return true;
}

void named_receiver::go_on(future_core& future) { observers_.go_on(future.home_bell()); }

}  // namespace offstage
