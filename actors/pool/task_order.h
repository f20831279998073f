// task_order: a task as a command for a worker process.
//
// Question: what makes a worker process run this task?
// Zone:     border. Hears records, says commands.
#pragma once

#include <memory>

#include "actors/node/segment_store.h"
#include "actors/task/task_record.h"
#include "messages/flat_message.h"

namespace offstage {

/// A task as a command, complete before anything is sent.
struct task_order {
  flat_message words;

  /// What its arguments are in, if they are large.
  std::unique_ptr<segment_store::lease> segment;

  task_order() = default;

  /// @thread The submitter's.
  /// @errors not_transferable; shared_memory_full; what the codecs of its arguments throw.
  task_order(const task_record& task, segment_store& segments);

  /// The worker process that has it never looked at it, and will not.
  void take_back() noexcept {
    if (segment) segment->take_back();
  }
};

}  // namespace offstage
