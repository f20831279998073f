// executor: where an application submits its slow work.
//
// Question: who takes a task, and how does everything end?
// Zone:     home.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "actors/context/parallel_context.h"
#include "actors/executor/executor_core.h"
#include "actors/executor/executor_state.h"
#include "actors/loop/deadline.h"
#include "actors/loop/loop.h"
#include "actors/pool/worker_pool.h"

namespace offstage {

/// What an executor is put together from; what is not given it makes for itself.
struct executor_options {
  /// Where tasks run. None: threads of this process, in a context of its own. One that is given is
  /// never closed by the executor; it should outlive the executor.
  parallel_context* context = nullptr;

  /// Workers shared with others. None: a pool of its own. One that is given is never closed by the
  /// executor, and must be one that the context made.
  std::shared_ptr<worker_pool> pool = nullptr;

  /// How many tasks run at once in the pool of its own: at least 1; by default as many as there are
  /// CPUs that this process may use.
  std::optional<int> worker_count = std::nullopt;

  /// What each worker of that pool does before its first task, made by `initialize_with`.
  worker_initializer initializer = {};

  /// Care for the workers of that pool, where they are processes.
  worker_care processes = {};

  /// What that pool is made with.
  pool_options own_pool() const { return {worker_count, initializer, processes}; }
};

/// Takes tasks, hands them to workers, and gives a future for each.
///
/// An executor belongs to the home of its loop, and with the first task of its context to the
/// process. Futures may outlive it. In a copy of the process made by fork() after that task, it
/// throws wrong_process at every call, and its destructor does nothing.
///
/// An observer takes nothing or the executor's new state. What it throws is logged.
/// @thread Home, for every call but `pool`.
/// @errors wrong_sequence away from home, for every such call.
class executor {
 public:
  /// An executor with threads of its own.
  /// @errors wrong_sequence unless called at the loop's home.
  explicit executor(loop& home) : executor(home, executor_options{}) {}

  /// An executor with workers of its own, made by `context`.
  /// @errors context_closed; wrong_sequence.
  executor(loop& home, parallel_context& context)
      : executor(home, executor_options{.context = &context}) {}

  /// @errors invalid_options if a pool is given and something that is for a pool of its own, or
  /// what
  ///   the context's pools refuse; not_transferable for an initializer that cannot be sent;
  ///   pool_mismatch if another context made the pool; context_closed; wrong_sequence.
  executor(loop& home, executor_options options)
      : core_(executor_core::make(home, {.context = options.context,
                                         .pool = std::move(options.pool),
                                         .own = options.own_pool()})) {}

  /// Stops, and waits for the tasks: two seconds at most, those included that calls of `shutdown`
  /// have waited before, and shared with all that is destroyed in the same go (a context, other
  /// executors). What still runs then is ended by force in worker processes (half a second before
  /// that) and left alone in threads; a log record names it, and its futures end cancelled.
  ///
  /// Destroyed away from home it does so at home's next turn, or within the destructor of the loop
  /// if that comes before. If the loop has gone, observers are not called any more.
  ~executor() { executor_core::let_go(std::move(core_)); }

  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;

  /// The state: running, then stopping, then stopped.
  executor_state state() const { return at_home("executor::state").state(); }

  /// True while it takes tasks.
  bool running() const { return at_home("executor::running").state() == executor_state::running; }

  /// True once all its tasks have ended after a stop.
  bool stopped() const { return at_home("executor::stopped").state() == executor_state::stopped; }

  /// How many of its tasks have not ended.
  std::size_t open_tasks() const { return at_home("executor::open_tasks").open_tasks(); }

  /// Cancels all tasks and returns at once; the state is stopping until the last one has ended,
  /// and then stopped.
  /// @errors executor_not_running unless running; wrong_sequence; wrong_process.
  void stop() { core_->stop(); }

  /// As `stop()`, and tasks that have not ended when `grace` has passed are ended by force, as
  /// `future.cancel(grace)` does: in worker processes. Tasks in threads are waited for.
  void stop(time_limit grace) { core_->stop(grace); }

  /// Cancels all tasks and waits until they have ended; observers are called meanwhile, from
  /// within this call. In any state; may be repeated.
  /// @param limit How long to wait at most; by default for ever. What has arrived counts even with
  ///   zero.
  /// @returns Stopped, or how many tasks still run; then the executor is stopping, and stops when
  ///   the last one has ended.
  /// @errors wrong_sequence; wrong_process.
  shutdown_result shutdown(time_limit limit = {}) { return core_->shutdown(limit); }

  /// As `shutdown(limit)`, and tasks that have not ended when `grace` has passed, counted from the
  /// beginning of the call, are ended by force: in worker processes. With a grace beyond the limit
  /// they are so when it has passed, after the call.
  shutdown_result shutdown(time_limit limit, time_limit grace) {
    return core_->shutdown(limit, grace);
  }

  /// Calls the observer at home after each change of the state. On an executor that is stopped:
  /// once, in the loop's next turn.
  /// @errors loop_gone if the loop has gone, so that it would never be called; wrong_sequence;
  ///   wrong_process.
  template <class Observer>
  subscription on_state(Observer observer) {
    return core_->observe(executor_event::state, observer_of(std::move(observer)));
  }

  /// As `on_state`, once, when `running()` becomes false; in the loop's next turn if it is.
  template <class Observer>
  subscription on_running(Observer observer) {
    return core_->observe(executor_event::running, observer_of(std::move(observer)));
  }

  /// As `on_state`, once, when `stopped()` becomes true.
  template <class Observer>
  subscription on_stopped(Observer observer) {
    return core_->observe(executor_event::stopped, observer_of(std::move(observer)));
  }

  /// The context that makes its parts, given or its own. The reference is good as long as that
  /// lives: one that you gave may be destroyed in another thread.
  /// @errors context_closed if it is gone; wrong_sequence; wrong_process.
  parallel_context& context() const { return core_->context(); }

  /// Its workers, given or its own.
  const std::shared_ptr<worker_pool>& pool() const noexcept { return core_->pool(); }

  /// Submits a task of a user's own kind. `Spec` is called on a worker, with a `task_channel&` that
  /// it sends its messages through; `Spec::future_type` is derived from `custom_future`, can be
  /// constructed from a `ref<future_core>`, and is what this returns. Defined in
  /// `actors/kinds/submit_custom.h`.
  /// @errors As `submit_call`.
  template <class Spec>
  requires requires {
    typename Spec::future_type;
  } &&(!std::is_base_of_v<prepared_task, Spec>)auto submit(Spec spec) -> typename Spec::future_type;

  /// Submits a task that a kind of tasks prepared; `submit_call` and the others do.
  /// @errors task_taken, executor_not_running, pool_closed, loop_gone, wrong_sequence; nothing is
  ///   left behind.
  template <class Future>
  Future submit(prepared<Future> task) {
    return Future(core_->submit(std::move(task)));
  }

  /// The core, which both faces share.
  const std::shared_ptr<executor_core>& core() const noexcept { return core_; }

 private:
  const executor_core& at_home(const char* call) const {
    core_->require_here(call);
    return *core_;
  }

  template <class Observer>
  static callback<executor_state> observer_of(Observer observer) {
    if constexpr (std::is_invocable_v<Observer&, executor_state>) {
      return callback<executor_state>(std::move(observer));
    } else if constexpr (std::is_invocable_v<Observer&>) {
      return [observer = std::move(observer)](executor_state) mutable { observer(); };
    } else {
      static_assert(!sizeof(Observer),
                    "offstage: an observer of an executor takes nothing, or the executor_state");
      return {};
    }
  }

  std::shared_ptr<executor_core> core_;
};

}  // namespace offstage
