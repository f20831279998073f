// executor_core: the front desk of one executor.
//
// Question: which tasks are under way, and when is the executor stopped?
// Zone:     home. Hears the user and its futures, says tasks to the pool and pipes to the router.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "actors/context/parallel_context.h"
#include "actors/executor/executor_state.h"
#include "actors/executor/open_futures.h"
#include "actors/executor/prepared_task.h"
#include "actors/future/future_core.h"
#include "actors/future/observers.h"
#include "actors/loop/deadline.h"
#include "actors/pool/worker_pool.h"
#include "actors/router/message_router.h"

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
/// @thread Home, but for `context_ends`.
class executor_core final : public future_core::owner,
                            public parallel_context::client,
                            public std::enable_shared_from_this<executor_core> {
 public:
  /// @errors As the constructors of `executor`.
  static std::shared_ptr<executor_core> make(loop& home, executor_parts parts);
  executor_core(loop& home, executor_parts parts);
  ~executor_core();

  ref<future_core> submit(prepared_task task);
  void stop();
  shutdown_result shutdown(time_limit limit);

  /// Ends it, at home now and otherwise as soon as home takes a turn; tasks that still run after
  /// two seconds are left alone, and their futures end cancelled.
  void finish() noexcept;

  /// As `finish`, at home, with another time than two seconds.
  void finish_within(time_limit limit) noexcept;

  executor_state state() const noexcept { return state_; }
  std::size_t open_tasks() const noexcept { return open_.size(); }
  subscription observe(executor_event event, callback<executor_state> call);

  /// Throws wrong_sequence unless the caller is at home.
  void require_home(const char* call) const;

  parallel_context& context() const;
  const std::shared_ptr<worker_pool>& pool() const noexcept { return pool_; }

  /// The doorbell of its home.
  const std::shared_ptr<doorbell>& bell() const noexcept { return bell_; }

  /// True once a task was submitted: only then there is a router.
  bool has_router() const noexcept { return router_ != nullptr; }

  void context_ends() noexcept override;

 private:
  void cancel_task(future_core& of) noexcept override;
  void terminate_task(future_core& of, time_limit grace) noexcept override;
  std::shared_ptr<owner> ended(future_core& which) noexcept override;
  void told() noexcept override;

  void remove(future_core& which) noexcept;
  void require_running(const char* call) const;
  message_router& routed();
  void begin_stop();
  void cancel_open();
  void complete_stop() noexcept;
  void add_change(executor_event which);
  void tell() noexcept;
  void tell_or_soon() noexcept;

  const std::shared_ptr<doorbell> bell_;
  loop* const loop_;  // Only while the doorbell is not closed.
  std::unique_ptr<parallel_context> own_context_;
  std::shared_ptr<const context_anchor> anchor_;
  std::shared_ptr<worker_pool> pool_;
  bool own_pool_ = false;
  decltype(executor_parts::make_future) make_future_;
  std::unique_ptr<message_router> router_;
  open_futures open_;
  executor_state state_ = executor_state::running;
  observers<executor_event, executor_state> observers_;
  change_line<executor_event, executor_state> changes_;
};

}  // namespace offstage
