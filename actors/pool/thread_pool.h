// thread_pool: the pool of the multithreading context.
//
// Question: who owns the threads of a pool, and what happens to those that are stuck?
// Zone:     home. Hears executors, says tasks to the assigner.
#pragma once

#include <memory>
#include <vector>

#include "actors/pool/worker_pool.h"
#include "actors/ref/ref.h"

namespace offstage {

class thread_assigner;
class worker;

/// A pool of threads of this process; each is started with a task that finds none idle.
///
/// Closing it returns at once. Its threads end when no task is left; those that are stuck in user
/// code are left alone with what they use, and end when they can.
/// @thread Any.
class thread_pool final : public worker_pool {
 public:
  /// @errors invalid_options unless the worker count is between 1 and 4096; std::system_error.
  thread_pool(std::shared_ptr<const context_anchor> made_by, pool_options options);
  ~thread_pool() override;

  void submit(ref<task_record> task) override;
  void cancel(const ref<task_record>& task) noexcept override;
  std::size_t worker_count() const noexcept override { return worker_count_; }
  void close() override;
  bool closed() const noexcept override;

  /// The workers whose threads are there now, for `handle_of`.
  std::vector<ref<worker>> workers() const;

 private:
  const std::size_t worker_count_;
  const ref<thread_assigner> assigner_;
};

}  // namespace offstage
