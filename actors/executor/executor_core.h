// executor_core: the front desk of one executor.
//
// Question: which tasks are under way, and when is the executor stopped?
// Zone:     home. Hears the user and its futures, says tasks to the pool and pipes to the router.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "actors/context/context_users.h"
#include "actors/context/parallel_context.h"
#include "actors/executor/executor_state.h"
#include "actors/executor/open_futures.h"
#include "actors/executor/prepared_task.h"
#include "actors/future/future_core.h"
#include "actors/future/observers.h"
#include "actors/loop/deadline.h"
#include "actors/pool/worker_pool.h"
#include "actors/router/message_router.h"
#include "messages/durations.h"
#include "messages/functions.h"

namespace offstage {

class doorbell;
class loop;

/// What a user can observe of an executor.
enum class executor_event : std::uint8_t { state, running, stopped };

/// The parts that an executor is put together from.
struct executor_parts {
  parallel_context* context = nullptr;
  std::shared_ptr<worker_pool> pool;
  pool_options own;  ///< For the pool that it makes if none is given.
  /// Creates the futures; the actor face has them in another actor system.
  std::function<ref<future_core>(ref<task_record>, future_core::owner*)> make_future =
      offstage::make_future;
};

/// One executor; both faces are handles to it.
///
/// With its first task it belongs to the process. In a copy of that, made by fork(), its calls
/// throw wrong_process.
/// @thread Home, but for what the context calls, and `let_go`.
class executor_core final : public future_core::owner,
                            public context_users::client,
                            public std::enable_shared_from_this<executor_core> {
 public:
  /// @errors As the constructors of `executor`.
  static std::shared_ptr<executor_core> make(loop& home, executor_parts parts);
  executor_core(loop& home, executor_parts parts);
  ~executor_core();

  ref<future_core> submit(prepared_task task);

  /// As `executor::stop` and `executor::shutdown`; without a `grace` nothing is ended by force.
  void stop(time_limit grace = {});
  shutdown_result shutdown(time_limit limit, time_limit grace = {});

  /// Ends the tasks by force that have not ended after `grace`; none if that is for ever.
  void end_by_force(time_limit grace);

  /// Ends an executor whose handle goes: at home now, elsewhere as soon as home takes a turn or its
  /// loop ends, and in a copy of the process not at all. What has not ended in the time of the
  /// thread's `ending` is ended by force, or left alone, and its futures end cancelled.
  static void let_go(std::shared_ptr<executor_core> core) noexcept;

  /// Ends it at home within a limit.
  void finish_within(time_limit limit) noexcept;

  executor_state state() const noexcept { return state_; }
  std::size_t open_tasks() const noexcept { return open_.size(); }
  subscription observe(executor_event event, callback<executor_state> call);

  /// Throws unless the caller is at home, in the process of its context.
  /// @errors wrong_process; wrong_sequence.
  void require_here(const char* call) const;

  parallel_context& context() const;
  const std::shared_ptr<worker_pool>& pool() const noexcept { return pool_; }

  /// The doorbell of its home.
  const std::shared_ptr<doorbell>& bell() const noexcept { return bell_; }

  /// True once a task was submitted: only then there is a router.
  bool has_router() const noexcept { return router_ != nullptr; }

  void context_ends() noexcept override;
  void end_with_context() noexcept override;
  void tell_turn() noexcept override;

 private:
  class last_turn;

  void cancel_task(future_core& of) noexcept override;
  void terminate_task(future_core& of, time_limit grace) noexcept override;
  std::shared_ptr<owner> ended(future_core& which) noexcept override;
  void told() noexcept override;

  void remove(future_core& which) noexcept;
  void require_running(const char* call) const;
  message_router& routed();
  bool has_happened(executor_event event) const noexcept;
  void begin_stop();
  void complete_stop() noexcept;
  void add_change(executor_event which);
  void tell() noexcept;
  bool tell_next(change_line<executor_event, executor_state>::change& which) noexcept;
  void tell_or_soon() noexcept;
  void tell_soon() noexcept;
  void deliver_until(deadline end);
  void finish() noexcept;
  void finish_in_time() noexcept;
  template <class End>
  void end_without_loop(const End& end) noexcept;
  void finish_without_home() noexcept;
  void finish_after_another_thread() noexcept;
  void tell_who_is_left(const char* what_follows) const noexcept;
  void finish_by(std::chrono::steady_clock::time_point force_at,
                 std::chrono::steady_clock::time_point until) noexcept;

  const std::shared_ptr<doorbell> bell_;
  loop* const loop_;  // Only while the doorbell is not closed.
  std::unique_ptr<parallel_context> own_context_;
  std::shared_ptr<context_users> users_;  // Of its context.
  std::shared_ptr<worker_pool> pool_;
  bool own_pool_ = false;
  decltype(executor_parts::make_future) make_future_;
  std::unique_ptr<message_router> router_;
  open_futures open_;
  executor_state state_ = executor_state::running;
  bool completing_ = false;  // All tasks have ended, and what it holds is being closed.
  observers<executor_event, executor_state> observers_;
  change_line<executor_event, executor_state> changes_;
  std::chrono::nanoseconds waited_{0};   // For its tasks, since it stops.
  std::shared_ptr<executor_core> kept_;  // Itself, for ever, in a copy of the process.
};

}  // namespace offstage
