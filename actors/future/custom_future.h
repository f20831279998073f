// custom_future: the handle of a user's own kind of task.
//
// Question: how do messages of a user's own reach a user's own future?
// Zone:     home.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/future/future.h"
#include "actors/future/value_receiver.h"

namespace offstage {

/// Takes messages by their name.
/// @thread Home.
class named_receiver final : public middle_receiver {
 public:
  /// Adds an observer of messages without a value.
  subscription add(std::string name, callback<future_core&, void*> call);

  /// Adds an observer of messages with a `T`.
  template <class T>
  subscription add(std::string name, callback<future_core&, void*> call) {
    return add(
        std::move(name), codec_detail::type_name<T>(),
        [](const payload& where) -> std::shared_ptr<void> {
          return std::make_shared<T>(decode_value<T>(where));
        },
        std::move(call));
  }

  /// Tells the observers of this name and type.
  bool take(future_core& future, const state_message& message, attachment* beside) override;

  /// True while its observers are being told.
  bool telling() const noexcept override { return observers_.notifying(); }

  /// Tells those that are left.
  void go_on(future_core& future) override;

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
  using reader = std::shared_ptr<void> (*)(const payload&);

  subscription add(std::string name, std::string_view type, reader read,
                   callback<future_core&, void*> call);

  // What reads values of this type; null if nobody observes it.
  reader reader_of(std::string_view type) const noexcept;

  observers<key, future_core&, void*> observers_;
  std::vector<std::pair<std::string, reader>> readers_;  // By the name of the type.
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
