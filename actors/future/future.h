// future: the handle that a user holds.
//
// Question: what can be asked of a task, and who is told when it changes?
// Zone:     home.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/future/future_core.h"
#include "actors/future/future_state.h"
#include "actors/future/observer_call.h"
#include "actors/future/observers.h"
#include "actors/future/task_failed.h"
#include "actors/loop/deadline.h"
#include "actors/ref/ref.h"
#include "actors/task/result_slot.h"

namespace offstage {

/// What all futures can do; `Future` is the handle's own type, which observers are given.
///
/// Handles are cheap pointers: copies (const ones too) are the same future, and dropping them never
/// cancels. The future of a
/// failed task that nobody looked at says so once in the log when it goes.
///
/// An observer takes nothing, the future, what the event brings (its *value*), or the future and
/// the value, by value or const&. One that would take anything, as `[](const auto& future)` does,
/// is given the future; only items, reports and messages, which no future keeps, are given
/// themselves. What an observer throws is logged.
/// @thread Home, for every call but `valid`, `id`, comparing, copying, moving and dropping.
/// @errors wrong_sequence away from home, for every call; not_done if the handle is not valid.
template <class Future>
class basic_future {
 public:
  /// True if the handle is one of a task; false for a default-constructed or moved-from one.
  bool valid() const noexcept { return static_cast<bool>(core_); }

  /// The number of the task: unique in this process, and never 0. Log records that the task writes
  /// carry it. @thread Any.
  std::uint64_t id() const { return core("future::id").id(); }

  /// The state.
  future_state state() const { return core_at_home("future::state").state(); }

  /// True while waiting or executing.
  bool cancellable() const { return core_at_home("future::cancellable").cancellable(); }

  /// True once completed, failed or cancelled; nothing changes after that.
  bool done() const { return core_at_home("future::done").done(); }

  /// Asks for cancellation. A task that waits never runs; a running one can look at its
  /// std::stop_token and is waited for. Returns true if this call changed the state to cancelling,
  /// false if the future was cancelled or done before.
  bool cancel() const { return core_at_home("future::cancel").cancel(); }

  /// As `cancel()`, and if the task has not ended when `grace` has passed, it is ended by force as
  /// `terminate()` does. Returns true if this call changed the state to cancelling.
  bool cancel(time_limit grace) const { return core_at_home("future::cancel").cancel(grace); }

  /// Cancels, and ends the task by force: in a worker process, which is killed with this task and
  /// replaced; no other task notices. Threads cannot be ended, so there it is `cancel()`. The
  /// future is cancelled when the task has ended. Returns false if the future was done.
  bool terminate() const {
    return core_at_home("future::terminate").terminate(std::chrono::nanoseconds(0));
  }

  /// Why the future ended: completed, raised, cancelled, ended by force, ...; `not_ended` before.
  /// Asking does not count as having looked at a failure.
  end_reason why() const { return core_at_home("future::why").why(); }

  /// Why the task failed. Lives as long as a handle does.
  /// @errors not_done unless the state is failed.
  const offstage::failure& failure() const { return core_at_home("future::failure").why_failed(); }

  /// Calls the observer at home after each change of the state, after it was stored; the value is
  /// the state. On a future that is done: once, in the loop's next turn.
  /// @returns The right to stop being called; may be ignored.
  template <class Observer>
  subscription on_state(Observer observer) const {
    return observe_state(future_event::state, std::move(observer));
  }

  /// As `on_state`, when `cancellable()` becomes false.
  template <class Observer>
  subscription on_cancellable(Observer observer) const {
    return observe_state(future_event::cancellable, std::move(observer));
  }

  /// As `on_state`, once, when `done()` becomes true: however the task ended.
  template <class Observer>
  subscription on_done(Observer observer) const {
    return observe_state(future_event::done, std::move(observer));
  }

  /// As `on_done`, but only if the task failed; the value is the failure.
  template <class Observer>
  subscription on_failure(Observer observer) const {
    return observe_end<const offstage::failure&>(
        future_state::failed, std::move(observer),
        [](future_core& core) -> const offstage::failure& { return core.why_failed(); });
  }

  /// The same task.
  friend bool operator==(const basic_future& left, const basic_future& right) noexcept {
    return left.core_ == right.core_;
  }

  /// The future that all handles of the task share; null for a handle that is not valid.
  const ref<future_core>& shared_core() const noexcept { return core_; }

 protected:
  /// Not the future of any task.
  basic_future() noexcept = default;

  /// A handle of this future.
  explicit basic_future(ref<future_core> core) noexcept : core_(std::move(core)) {}

  /// The future itself. @errors not_done if there is none; `call` names what was called.
  future_core& core(const char* call) const {
    if (!core_) throw not_done(std::string(call) + ": expected a future of a task, found none");
    return *core_;
  }

  /// The same, at home. @errors wrong_sequence.
  future_core& core_at_home(const char* call) const {
    auto& found = core(call);
    found.require_home(call);
    return found;
  }

  /// Makes an observer one that a future can call, of an event whose value is in the future:
  /// `read(core)`, passed as `Value`.
  template <class Value, class Observer, class Read>
  static auto observer_of(Observer observer, Read read) {
    using call = detail::observer_call<detail::generic_takes::future, Future, Value, Observer>;
    return [call = call(std::move(observer)), read](future_core& core) mutable {
      call(core, [&]() -> Value { return read(core); });
    };
  }

  /// Calls the observer once, when the task has ended, if it has ended so.
  template <class Value, class Observer, class Read>
  subscription observe_end(future_state which, Observer observer, Read read) const {
    using call = detail::observer_call<detail::generic_takes::future, Future, Value, Observer>;
    return core("future::on_...")
        .observe(future_event::done,
                 [which, call = call(std::move(observer)), read](future_core& core) mutable {
                   if (core.is(which)) call(core, [&]() -> Value { return read(core); });
                 });
  }

 private:
  template <class Observer>
  subscription observe_state(future_event event, Observer observer) const {
    return core("future::on_...")
        .observe(event, observer_of<future_state>(std::move(observer),
                                                  [](future_core& core) { return core.state(); }));
  }

  ref<future_core> core_;
};

/// What the futures can do whose tasks return an `R` (a value, a reference, or void).
/// @thread Home, for every call but copying, moving and dropping.
template <class Future, class R>
class basic_result_future : public basic_future<Future> {
 public:
  /// What the task returns.
  using result_type = R;

  /// The result; lives as long as a handle does.
  /// @errors task_failed (the user's exception nested in it) if the task failed, task_cancelled if
  ///   it was cancelled, result_taken after `take_result()`, otherwise not_done.
  decltype(auto) result() const requires(!std::is_void_v<R>) {
    return slot("future::result").get();
  }

  /// Returns if the task completed; otherwise throws as `result()` does.
  void result() const requires std::is_void_v<R> {
    this->core_at_home("future::result").completed_record("future::result");
  }

  /// Moves the result out, or gives the reference that was returned; once. Not for a future that
  /// actors subscribed to (the actor face): they read the result where it lies, at any time.
  /// @errors As `result()`.
  R take_result() const requires(!std::is_void_v<R>) {
    if constexpr (std::is_reference_v<R> || std::is_move_constructible_v<R>) {
      return slot("future::take_result").take();
    } else {
      static_assert(!sizeof(R*),
                    "offstage::take_result: the result cannot be moved; look at it with result()");
    }
  }

  /// As `on_done`, but only if the task completed; the value is the result. What it takes as const&
  /// lives as long as a handle does; one that cannot be copied is moved out with `take_result()`.
  template <class Observer>
  subscription on_result(Observer observer) const {
    using value = std::conditional_t<std::is_void_v<R>, void, std::add_lvalue_reference_t<const R>>;
    return this->template observe_end<value>(future_state::completed, std::move(observer),
                                             [](future_core& core) -> value {
                                               if constexpr (!std::is_void_v<R>)
                                                 return slot_of(core, "future::result").get();
                                             });
  }

 protected:
  /// Not the future of any task.
  basic_result_future() noexcept = default;

  /// A handle of this future.
  explicit basic_result_future(ref<future_core> core) noexcept
      : basic_future<Future>(std::move(core)) {}

 private:
  result_slot<R>& slot(const char* call) const { return slot_of(this->core_at_home(call), call); }

  static result_slot<R>& slot_of(future_core& core, const char* call) {
    auto& found = static_cast<result_slot<R>&>(core.completed_record(call));
    if (!found.filled()) throw result_taken(std::string(call) + ": the result was taken before");
    return found;
  }
};

/// The future of a call that returns an `R`.
/// @thread Home, for every call but copying, moving and dropping.
template <class R>
class call_future : public basic_result_future<call_future<R>, R> {
 public:
  /// Not the future of any task.
  call_future() noexcept = default;

  /// A handle of this future.
  explicit call_future(ref<future_core> core) noexcept
      : basic_result_future<call_future, R>(std::move(core)) {}
};

}  // namespace offstage
