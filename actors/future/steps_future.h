// steps_future: the handle of a task in steps.
//
// Question: how does a user see which step a task is in?
// Zone:     home.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "actors/future/future.h"

namespace offstage {

/// What changes while a task in steps runs.
enum class steps_event : std::uint8_t { message, total, complete };

/// Keeps where a task in steps is, and who is told.
/// @thread Home.
class steps_receiver final : public middle_receiver {
 public:
  /// As said at submission.
  steps_receiver(std::uint64_t total, std::string message)
      : message_(std::move(message)), total_(total) {}

  /// What is being done.
  const std::string& message() const noexcept { return message_; }

  /// How much there is to do.
  std::uint64_t total() const noexcept { return total_; }

  /// How much of it is done.
  std::uint64_t complete() const noexcept { return complete_; }

  /// Adds an observer of one of the three.
  subscription add(steps_event event, callback<future_core&> call) {
    return observers_.add(event, std::move(call));
  }

  /// Takes a report, and tells what differs.
  bool take(future_core& future, const state_message& message, attachment* beside) override;
  /// True while its observers are being told.
  bool telling() const noexcept override { return observers_.notifying(); }

  /// Tells those that are left.
  void go_on(future_core& future) override { observers_.go_on(future.home_bell()); }

  /// True if more than one observer is there.
  bool several() const noexcept override { return observers_.several(); }

  /// Forgets the observers.
  void clear() noexcept override { observers_.clear(); }

 private:
  std::string message_;
  std::uint64_t total_;
  std::uint64_t complete_ = 0;
  observers<steps_event, future_core&> observers_;
};

/// The future of a task in steps that returns an `R`.
///
/// Message and total are there from the submission; all three keep their last values afterwards.
/// Only values that differ are told, in the order message, total, complete; all are new by then.
/// @thread Home, for every call but copying, moving and dropping.
template <class R>
class steps_future : public basic_result_future<steps_future<R>, R> {
 public:
  /// Not the future of any task.
  steps_future() noexcept = default;

  /// A handle of this future.
  explicit steps_future(ref<future_core> core) noexcept
      : basic_result_future<steps_future, R>(std::move(core)) {}

  /// What is being done, for the user.
  const std::string& message() const { return steps("steps_future::message").message(); }

  /// How much there is to do, in the task's own unit.
  std::uint64_t total() const { return steps("steps_future::total").total(); }

  /// How much of it is done.
  std::uint64_t complete() const { return steps("steps_future::complete").complete(); }

  /// Calls the observer at home after each change of the message, which is the value, while
  /// executing.
  template <class Observer>
  subscription on_message(Observer observer) const {
    return observe_steps<const std::string&>(
        steps_event::message, std::move(observer),
        [](future_core& core) -> const std::string& { return steps_of(core).message(); });
  }

  /// As `on_message`, for the total.
  template <class Observer>
  subscription on_total(Observer observer) const {
    return observe_steps<std::uint64_t>(steps_event::total, std::move(observer),
                                        [](future_core& core) { return steps_of(core).total(); });
  }

  /// As `on_message`, for what is complete.
  template <class Observer>
  subscription on_complete(Observer observer) const {
    return observe_steps<std::uint64_t>(
        steps_event::complete, std::move(observer),
        [](future_core& core) { return steps_of(core).complete(); });
  }

 private:
  steps_receiver& steps(const char* call) const { return steps_of(this->core_at_home(call)); }

  static steps_receiver& steps_of(future_core& core) {
    return *static_cast<steps_receiver*>(core.middle());
  }

  template <class Value, class Observer, class Read>
  subscription observe_steps(steps_event event, Observer observer, Read read) const {
    auto& core = this->core_at_home("steps_future::on_...");
    if (core.done()) return {};
    return steps_of(core).add(event, this->template observer_of<Value>(std::move(observer), read));
  }
};

}  // namespace offstage
