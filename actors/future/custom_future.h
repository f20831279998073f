// custom_future: the handle of a user's own kind of task.
//
// Question: how do messages of a user's own reach a user's own future?
// Zone:     home.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "actors/future/future.h"
#include "actors/future/value_receiver.h"

namespace offstage {

/// Takes messages by their name.
/// @thread Home.
class named_receiver final : public middle_receiver {
 public:
  /// @param type The type of the values that the observer takes; void for none.
  subscription add(std::string name, const std::type_info& type,
                   callback<future_core&, void*> call) {
    return observers_.add({std::move(name), &type}, std::move(call));
  }

  /// Tells the observers of this name and type.
  bool take(future_core& future, const state_message& message, attachment* beside) override {
    if (message.kind != state_message_kind::custom || beside == nullptr) return false;
    auto& carrier = *static_cast<ticket*>(beside);
    const key which{std::string(message.name), &carrier.type()};
    if (!observers_.any(which)) return false;
    future.calling_out();
    observers_.notify(which, future, carrier.value());
    return true;
  }

  /// Forgets the observers.
  void clear() noexcept override { observers_.clear(); }

 private:
  struct key {
    std::string name;
    const std::type_info* type;
    bool operator==(const key& other) const noexcept {
      return name == other.name && *type == *other.type;
    }
  };

  observers<key, future_core&, void*> observers_;
};

/// The base of futures of a user's own kinds of tasks; `Future` is the derived type, whose task
/// returns an `R`.
template <class Future, class R = void>
class custom_future : public basic_result_future<Future, R> {
 protected:
  /// Not the future of any task.
  custom_future() noexcept = default;

  /// A handle of this future.
  explicit custom_future(ref<future_core> core) noexcept
      : basic_result_future<Future, R>(std::move(core)) {}

  /// Calls `observer(value)` or `observer(future, value)` at home for each message of this name
  /// whose value is a `T`, in order, while executing. A message that nobody takes, by name and
  /// type, is said in the log and changes nothing.
  /// @errors wrong_sequence.
  template <class T, class Observer>
  subscription on_message(std::string name, Observer observer) const {
    return receiver().add(
        std::move(name), typeid(T),
        [call = detail::value_observer<Future, T>(std::move(observer))](
            future_core& core, void* value) mutable { call(core, *static_cast<const T*>(value)); });
  }

  /// As above, for messages without a value: calls `observer(future)`.
  template <class Observer>
  subscription on_message(std::string name, Observer observer) const {
    return receiver().add(std::move(name), typeid(void),
                          [call = this->with_future(std::move(observer))](
                              future_core& core, void*) mutable { call(core); });
  }

 private:
  named_receiver& receiver() const {
    auto& core = this->core("custom_future::on_message");
    core.require_home("custom_future::on_message");
    return *static_cast<named_receiver*>(core.middle());
  }
};

}  // namespace offstage
