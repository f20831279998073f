// lane_port: where the messages of a task in a worker process go.
//
// Question: how does a message get onto the lane, with its value in it?
// Zone:     child. Hears the task's record, says frames.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>

#include "actors/node/child_lane.h"
#include "actors/node/child_segments.h"
#include "actors/node/control_page.h"
#include "actors/router/receiver.h"
#include "messages/failure.h"
#include "messages/state_message.h"

namespace offstage {

/// The failure of a task in the place of a value that cannot be sent, or of one that cannot be
/// read.
failure encoding_failure(const std::exception_ptr& thrown);

/// Before a task's last message is put: whoever reads that finds that the task has ended. A worker
/// that is about to be killed for this task must not begin another one, and waits here for that.
void end_task(cell& at);

/// The pipe home of one task in a worker process: its messages go on the lane, with their values in
/// them. A value that cannot be sent fails the task in its place.
/// @thread The worker.
class lane_port final : public receiver {
 public:
  /// @param after_another Messages of another task may not have been sent.
  lane_port(child_lane& to, child_segments& segments, cell& at, std::uint16_t index, task_id task,
            bool after_another)
      : lane_(to),
        segments_(segments),
        cell_(at),
        index_(index),
        task_(task),
        after_another_(after_another) {}

  void add_ref() const noexcept override {}  // It lives as long as the task runs.
  void release() const noexcept override {}

 protected:
  void receive(mail) noexcept override {}
  void unrouted(mail message) noexcept override;

 private:
  void put(const state_message& read, const mail& message);
  void put_words(const flat_message& words, bool ends = false);
  message_origin here() const noexcept { return {task_, sequence_}; }

  child_lane& lane_;
  child_segments& segments_;
  cell& cell_;
  const std::uint16_t index_;
  const task_id task_;
  const bool after_another_;
  std::uint32_t sequence_ = 0;  // Of the next message.
  std::optional<failure> fault_;
};

}  // namespace offstage
