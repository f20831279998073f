// child_node: a worker process, as it sees itself.
//
// Question: what does a worker process do between its first and its last frame?
// Zone:     child. Hears commands on the lane, says state messages.
#pragma once

#include <cstdint>
#include <span>

#include "actors/node/child_lane.h"
#include "actors/node/child_segments.h"
#include "actors/node/control_page.h"
#include "actors/node/lane.h"
#include "actors/node/running_task.h"
#include "actors/worker/side_threads.h"
#include "messages/command.h"

namespace offstage {

/// The worker: its first thread reads the lane and runs tasks, and a watcher sees to the parent's
/// end, to cancelled tasks and to messages that wait.
class child_node {
 public:
  /// Takes the descriptors that the process was given (node_setup.h).
  /// @errors std::system_error.
  child_node();

  /// Until the parent wants no more of this worker.
  /// @thread The main thread.
  [[noreturn]] void run();

 private:
  void introduce();
  void obey(const frame_header& header, std::span<const flat_message::word> words);
  void run_task(std::uint16_t index, const command& order);
  void request_stop(ref<task_record> task);
  void prepare(const command& order);
  void watch();

  control_page page_;
  child_lane lane_;
  bool unsent_ = false;  // Since the last time that everything was sent, a task was run.
  child_segments segments_;
  running_task running_;
  side_threads side_;
};

}  // namespace offstage
