// thread_pool: the pool of the multithreading context.
//
// Question: who owns the threads of a pool, and what happens to those that are stuck?
// Zone:     home. Hears executors, says tasks to the pool actor.
#pragma once

#include <memory>
#include <mutex>

#include "actors/pool/worker_pool.h"

namespace offstage {

class crew;
class pool_actor;

/// A pool of threads of this process, started with the first task.
///
/// Once it is closed and its tasks have ended, its threads end. Threads that are stuck in user code
/// are left alone with what they use, and end when they can.
/// @thread Any.
class thread_pool final : public worker_pool {
 public:
  /// @errors invalid_options unless the worker count is between 1 and 4096.
  thread_pool(std::shared_ptr<const context_anchor> made_by, pool_options options);
  ~thread_pool() override;

  void submit(ref<task_record> task) override;
  void cancel(const ref<task_record>& task) noexcept override;
  std::size_t worker_count() const noexcept override { return worker_count_; }
  void close() override;
  bool closed() const noexcept override;

 private:
  void start();

  const std::size_t worker_count_;
  const worker_initializer initializer_;
  const ref<pool_actor> actor_;
  std::mutex mutex_;
  std::unique_ptr<crew> crew_;  // Null before the first task and once closed.
};

}  // namespace offstage
