// custom_future: the handle of a user's own kind of task.
//
// Question: how do messages of a user's own reach a user's own future?
// Zone:     home.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "actors/future/future.h"
#include "actors/future/value_receiver.h"
#include "actors/loop/calling_out.h"

namespace offstage {

/// Takes messages by their name.
/// @thread Home.
class named_receiver final : public middle_receiver {
 public:
  /// Adds an observer of messages without a value.
  subscription add(std::string name, callback<future_core&, void*> call) {
    return observers_.add({std::move(name), ""}, std::move(call));
  }

  /// Adds an observer of messages with a `T`.
  template <class T>
  subscription add(std::string name, callback<future_core&, void*> call) {
    const std::string type(codec_detail::type_name<T>());
    readers_.emplace(type, [](const payload& where) -> std::shared_ptr<void> {
      return std::make_shared<T>(decode_value<T>(where));
    });
    return observers_.add({std::move(name), type}, std::move(call));
  }

  /// Tells the observers of this name and type.
  bool take(future_core& future, const state_message& message, attachment* beside) override {
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
    const auto read = readers_.at(which.type)(encoded->where());
    observers_.notify(future.home_bell(), which, future, read.get());
    return true;
  }

  /// True while its observers are being told.
  bool telling() const noexcept override { return observers_.notifying(); }

  /// Tells those that are left.
  void go_on(future_core& future) override { observers_.go_on(future.home_bell()); }

  /// True if more than one observer is there.
  bool several() const noexcept override { return observers_.several(); }

  /// Forgets the observers.
  void clear() noexcept override { observers_.clear(); }

 private:
  struct key {
    std::string name;
    std::string type;
    bool operator==(const key&) const noexcept = default;
  };
  using reader = std::function<std::shared_ptr<void>(const payload&)>;

  observers<key, future_core&, void*> observers_;
  std::map<std::string, reader> readers_;  // By the name of the type.
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

  /// Calls the observer at home for each message of this name whose value is a `T`, in order, while
  /// executing. A message that nobody takes, by name and type, is logged and changes nothing.
  template <class T, class Observer>
  subscription on_message(std::string name, Observer observer) const {
    auto& core = this->core_at_home("custom_future::on_message");
    if (core.done()) return {};
    return receiver_of(core).template add<T>(
        std::move(name),
        [call = detail::value_observer<Future, T>(std::move(observer))](
            future_core& core, void* value) mutable { call(core, *static_cast<const T*>(value)); });
  }

  /// As above, for messages without a value.
  template <class Observer>
  subscription on_message(std::string name, Observer observer) const {
    using call = detail::observer_call<detail::generic_takes::future, Future, void, Observer>;
    auto& core = this->core_at_home("custom_future::on_message");
    if (core.done()) return {};
    return receiver_of(core).add(
        std::move(name), [call = call(std::move(observer))](future_core& core, void*) mutable {
          call(core, [] {});
        });
  }

 private:
  static named_receiver& receiver_of(future_core& core) {
    return *static_cast<named_receiver*>(core.middle());
  }
};

}  // namespace offstage
