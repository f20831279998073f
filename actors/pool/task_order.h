// task_order: a task as a command for a worker process.
//
// Question: what makes a worker process run this task?
// Zone:     pure. Hears records, says commands.
#pragma once

#include "actors/task/task_record.h"
#include "messages/flat_message.h"

namespace offstage {

/// The task as a command, complete before anything is sent.
/// @thread The submitter's.
/// @errors not_transferable; what the codecs of its arguments throw.
flat_message task_order(const task_record& task);

}  // namespace offstage
