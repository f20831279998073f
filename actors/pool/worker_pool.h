// worker_pool: the interface of pools.
//
// Question: who takes a task, and whose pool is it?
// Zone:     home. Hears executors, says tasks to workers.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "actors/loop/deadline.h"
#include "actors/pool/worker_care.h"
#include "actors/ref/ref.h"
#include "actors/task/task_record.h"
#include "actors/worker/worker_initializer.h"

namespace offstage {

class context_users;
class parallel_context;

/// Which context something was made by, for as long as it is interesting.
struct context_anchor {
  /// The context; null once it is gone.
  std::atomic<parallel_context*> context{nullptr};

  /// Its executors, through which it is called: it may go in another thread at any time.
  std::shared_ptr<context_users> users = nullptr;
};

/// How a pool is to be made.
struct pool_options {
  /// How many tasks run at once: at least 1; by default as many as there are CPUs that this process
  /// may use.
  std::optional<int> worker_count = {};

  /// What each worker does before its first task, made by `initialize_with`; nothing by default.
  worker_initializer initializer = {};

  /// Care for workers that are processes; pools of threads take no notice of it.
  worker_care processes = {};
};

/// Runs tasks, some of them at once, the others waiting in the order of their submission.
///
/// Several executors may share a pool, also executors of different loops.
/// @thread Any, for every call.
class worker_pool {
 public:
  /// A pool of the context with this anchor (`parallel_context::anchor()`).
  explicit worker_pool(std::shared_ptr<const context_anchor> made_by)
      : made_by_(std::move(made_by)) {}
  virtual ~worker_pool() = default;
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// Takes a task: from now on it ends by exactly one of task_record's `run`, `abandon` and `fail`.
  /// @errors pool_closed; std::system_error if there is no worker and none can be had;
  /// wrong_process
  ///   in a copy, made by fork(), of a process in which it has workers. Then the task is as before.
  virtual void submit(ref<task_record> task) = 0;

  /// Hears that a task is to be cancelled; its flag is up already. One that waits is abandoned at
  /// once, without a worker; of one that runs, the token is stopped. Others are left alone.
  virtual void cancel(const ref<task_record>& task) noexcept = 0;

  /// Hears that a task is to be ended by force, if it has not ended when `grace` has passed; it was
  /// cancelled before. The default does nothing: threads cannot be ended.
  virtual void terminate(const ref<task_record>&, time_limit) noexcept {}

  /// True if `terminate` ends a task whatever it does. The default is false.
  virtual bool ends_by_force() const noexcept { return false; }

  /// How many tasks run at once.
  virtual std::size_t worker_count() const noexcept = 0;

  /// Takes no more tasks; those it has are run. Closing twice is closing once.
  virtual void close() = 0;

  /// True once closed.
  virtual bool closed() const noexcept = 0;

  /// The context that made it.
  const std::shared_ptr<const context_anchor>& made_by() const noexcept { return made_by_; }

 private:
  std::shared_ptr<const context_anchor> made_by_;
};

}  // namespace offstage
