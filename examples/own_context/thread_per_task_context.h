// A context in which every task gets a fresh thread, which ends with it: for libraries that keep
// something per thread and must never find what an earlier task left there.
#pragma once

#include <memory>

#include "actors/offstage.h"

/// Its pools run at most `worker_count` tasks at once, by default as many as the machine has CPUs;
/// the others wait in the order of their submission.
class thread_per_task_context final : public offstage::parallel_context {
 public:
  thread_per_task_context() = default;
  ~thread_per_task_context() override { finish(); }

 protected:
  std::shared_ptr<offstage::worker_pool> do_make_pool(offstage::pool_options options) override;
};
