// value_receiver: the observers of items or reports of one type.
//
// Question: who is told of a value that came before the end?
// Zone:     home. Hears the future, says the value to observers.
#pragma once

#include <utility>

#include "actors/future/future_core.h"
#include "actors/future/observer_call.h"
#include "actors/future/observers.h"
#include "actors/task/carried.h"

namespace offstage {

/// Takes the messages of one kind, whose values are of type `T`.
/// @thread Home.
template <class T>
class value_receiver final : public middle_receiver {
 public:
  explicit value_receiver(state_message_kind kind) noexcept : kind_(kind) {}

  subscription add(callback<future_core&, const T&> call) {
    return observers_.add(kind_, std::move(call));
  }

  bool take(future_core& future, const state_message& message, attachment* beside) override {
    if (message.kind != kind_ || beside == nullptr) return false;
    if (observers_.empty()) return true;
    auto& value = *static_cast<const T*>(static_cast<ticket*>(beside)->value());
    observers_.notify(future.home_bell(), kind_, future, value);
    return true;
  }

  bool telling() const noexcept override { return observers_.notifying(); }
  void go_on(future_core& future) override { observers_.go_on(future.home_bell()); }
  bool several() const noexcept override { return observers_.several(); }
  void clear() noexcept override { observers_.clear(); }

 private:
  const state_message_kind kind_;
  observers<state_message_kind, future_core&, const T&> observers_;
};

namespace detail {

/// An observer of an event whose value the future does not keep.
template <class Future, class T, class Observer>
auto value_observer(Observer observer) {
  using call = observer_call<generic_takes::value, Future, const T&, Observer>;
  return [call = call(std::move(observer))](future_core& core, const T& value) mutable {
    call(core, [&]() -> const T& { return value; });
  };
}

}  // namespace detail

}  // namespace offstage
