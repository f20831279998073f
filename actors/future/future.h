// future: the handle that a user holds.
//
// Question: what can be asked of a task, and who is told when it changes?
// Zone:     home.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/future/future_core.h"
#include "actors/future/future_state.h"
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
/// @thread Home, for every call but copying, moving and dropping.
template <class Future>
class basic_future {
 public:
  /// True if the handle is one of a task; false for a default-constructed or moved-from one.
  bool valid() const noexcept { return static_cast<bool>(core_); }

  /// The number of the task: unique in this process, and never 0. Log records that the task writes
  /// carry it. @errors not_done if the handle is not valid; so for every call below.
  std::uint64_t id() const { return core("future::id").id(); }

  /// The state.
  future_state state() const { return core("future::state").state(); }

  /// True while waiting or executing.
  bool cancellable() const { return core("future::cancellable").cancellable(); }

  /// True once completed, failed or cancelled; nothing changes after that.
  bool done() const { return core("future::done").done(); }

  /// Asks for cancellation. A task that waits never runs; a running one can look at its
  /// std::stop_token and is waited for. Returns true if this call changed the state to cancelling,
  /// false if the future was cancelled or done before.
  /// @errors wrong_sequence.
  bool cancel() const { return core("future::cancel").cancel(); }

  /// As `cancel()`, and if the task has not ended when `grace` has passed, it is ended by force as
  /// `terminate()` does. Returns true if this call changed the state to cancelling.
  /// @errors wrong_sequence.
  bool cancel(time_limit grace) const {
    auto& core = this->core("future::cancel");
    const bool was_cancellable = core.cancellable();
    core.terminate(grace);
    return was_cancellable;
  }

  /// Cancels, and ends the task by force: in a worker process, which is killed with this task and
  /// replaced; no other task notices. Threads cannot be ended, so there it is `cancel()`. The
  /// future is cancelled when the task has ended. Returns false if the future was done.
  /// @errors wrong_sequence.
  bool terminate() const {
    return core("future::terminate").terminate(std::chrono::nanoseconds(0));
  }

  /// Why the future ended: completed, raised, cancelled, ended by force, ...; `not_ended` before.
  /// Asking does not count as having looked at a failure.
  end_reason why() const { return core("future::why").why(); }

  /// Why the task failed. Lives as long as a handle does.
  /// @errors not_done unless the state is failed.
  const offstage::failure& failure() const { return core("future::failure").why_failed(); }

  /// Calls `observer(const Future&)` at home after each change of the state, after it was stored.
  /// On a future that is done: once, in the loop's next turn. What observers throw is logged.
  /// @returns The right to stop being called; may be ignored.
  /// @errors wrong_sequence.
  template <class Observer>
  subscription on_state(Observer observer) const {
    return observe(future_event::state, std::move(observer));
  }

  /// As `on_state`, when `cancellable()` becomes false.
  template <class Observer>
  subscription on_cancellable(Observer observer) const {
    return observe(future_event::cancellable, std::move(observer));
  }

  /// As `on_state`, once, when `done()` becomes true: however the task ended.
  template <class Observer>
  subscription on_done(Observer observer) const {
    return observe(future_event::done, std::move(observer));
  }

  /// As `on_done`, but only if the task completed.
  template <class Observer>
  subscription on_result(Observer observer) const {
    return observe_end(future_state::completed, std::move(observer));
  }

  /// As `on_done`, but only if the task failed.
  template <class Observer>
  subscription on_failure(Observer observer) const {
    return observe_end(future_state::failed, std::move(observer));
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

  /// Gives the observer a handle of its own type.
  template <class Observer>
  static auto with_future(Observer observer) {
    if constexpr (std::is_invocable_v<Observer&, const Future&>) {
      return [observer = std::move(observer)](future_core& core) mutable {
        std::invoke(observer, static_cast<const Future&>(Future(ref<future_core>(&core))));
      };
    } else {
      static_assert(!sizeof(Observer),
                    "offstage: an observer of a future takes the future: "
                    "[](const auto& future) {...}");
      return [](future_core&) {};
    }
  }

 private:
  template <class Observer>
  subscription observe(future_event event, Observer observer) const {
    return core("future::on_...").observe(event, with_future(std::move(observer)));
  }

  template <class Observer>
  subscription observe_end(future_state which, Observer observer) const {
    if constexpr (std::is_invocable_v<Observer&, const Future&>) {
      return observe(future_event::done,
                     [which, observer = std::move(observer)](const Future& future) mutable {
                       if (future.core_->is(which)) std::invoke(observer, future);
                     });
    } else {
      return observe(future_event::done, std::move(observer));
    }
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
    this->core("future::result").completed_record("future::result");
  }

  /// Moves the result out; once. Not for a future that actors subscribed to (the actor face): they
  /// read the result where it lies, at any time.
  /// @errors As `result()`.
  R take_result() const requires(!std::is_void_v<R>) { return slot("future::take_result").take(); }

 protected:
  /// Not the future of any task.
  basic_result_future() noexcept = default;

  /// A handle of this future.
  explicit basic_result_future(ref<future_core> core) noexcept
      : basic_future<Future>(std::move(core)) {}

 private:
  result_slot<R>& slot(const char* call) const {
    auto& found = static_cast<result_slot<R>&>(this->core(call).completed_record(call));
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
