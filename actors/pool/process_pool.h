// process_pool: the pool of the multiprocessing context.
//
// Question: which worker process runs which task, and what becomes of it when that process dies?
// Zone:     border. Hears executors at home and nodes on the lanes' thread.
#pragma once

#include <memory>

#include "actors/loop/deadline.h"
#include "actors/node/node_host.h"
#include "actors/pool/worker_pool.h"

namespace offstage {

class process_crew;

/// A pool of worker processes, started with the first task.
///
/// A worker that dies takes the task with it that it ran, and is replaced; tasks that it had in
/// hand and had not begun are run by others, in order. Once the pool is closed and its tasks have
/// ended, its workers end. In a copy of the process, made by fork(), it does nothing once it has
/// workers.
/// @thread Any.
class process_pool final : public worker_pool {
 public:
  /// @errors invalid_options unless the worker count is between 1 and 1024, and for a care that is
  ///   out of its ranges; not_transferable for an initializer that cannot be sent; what the codecs
  ///   of its arguments throw.
  process_pool(std::shared_ptr<const context_anchor> made_by, const pool_options& options,
               std::shared_ptr<node_host> host);
  ~process_pool() override;

  void submit(ref<task_record> task) override;
  void cancel(const ref<task_record>& task) noexcept override;
  void terminate(const ref<task_record>& task, time_limit grace) noexcept override;
  bool ends_by_force() const noexcept override { return true; }
  std::size_t worker_count() const noexcept override;
  void close() override;
  bool closed() const noexcept override;

  /// The process ids of its workers that are ready.
  std::vector<int> worker_ids() const;

 private:
  std::shared_ptr<process_crew> crew_;
};

}  // namespace offstage
