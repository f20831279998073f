// task_record: one task, from its submission to its end.
//
// Question: what must stay together while a task is on its way?
// Zone:     away. Hears the worker (`run`) and the pool (`abandon`, `fail`), says state messages.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>

#include "actors/ref/ref.h"
#include "actors/router/mail.h"
#include "actors/router/sender.h"
#include "messages/failure.h"
#include "messages/payload.h"
#include "messages/state_message.h"

namespace offstage {

class waiting_line;

/// Callable, arguments, cancel flag, the pipe home, and the result of one task.
///
/// Exactly one of `run`, `abandon` and `fail` is called, once, and each of them ends the task with
/// exactly one final state message. The worker's reference travels home with that message, so that
/// results are destroyed at home unless a handle of the future lives elsewhere.
class task_record : public attachment {
 public:
  task_record() noexcept;

  /// Unique in this process.
  task_id id() const noexcept { return id_; }

  /// Gives the task its pipe home, before it is handed to a pool.
  /// @thread Home.
  void connect(sender port) noexcept { port_ = std::move(port); }

  /// Runs the body in the calling thread, unless the task was cancelled before.
  /// @thread Away.
  static void run(ref<task_record> task) noexcept;

  /// Ends a task whose body was never begun, because it was cancelled.
  /// @thread Any.
  static void abandon(ref<task_record> task) noexcept;

  /// Ends a task that could not be run; `why` says so.
  /// @thread Any.
  static void fail(ref<task_record> task, const failure& why) noexcept;

  /// True once somebody asked for the task to be cancelled: one relaxed load.
  /// @thread Any.
  bool cancel_requested() const noexcept {
    return cancel_requested_.load(std::memory_order_relaxed);
  }

  /// Raises the cancel flag, and lets the body go on if it is held.
  /// @thread Home.
  void request_cancel() noexcept {
    cancel_requested_.store(true, std::memory_order_relaxed);
    release_held();
  }

  /// True if the body holds a std::stop_token, so that `request_stop` is to be called, too.
  /// @thread Any.
  virtual bool takes_stop_token() const noexcept { return false; }

  /// Requests stop of the body's token; runs the user's stop callbacks.
  /// @thread The stopper.
  virtual void request_stop() noexcept {}

  /// Destroys the result, which nobody is to see.
  /// @thread Home, after the final message.
  virtual void forget_result() noexcept {}

  /// What the body threw; set before the final message is sent.
  /// @thread Home, after the final message.
  const std::exception_ptr& thrown() const noexcept { return thrown_; }

 protected:
  /// Runs the user's callable and keeps its result; says where it is.
  virtual payload invoke() = 0;

  /// Destroys callable and arguments; called before the final message is sent.
  virtual void forget_body() noexcept = 0;

  /// The body is not to be held by flow control any more.
  /// @thread Home.
  virtual void release_held() noexcept {}

  /// Sends a message between `started` and the final one; `make` gets its origin.
  /// @thread The worker, from within `invoke`.
  template <class Make>
  void send_middle(Make&& make, ref<attachment> beside) {
    port_.send({std::forward<Make>(make)(next_origin()), std::move(beside)});
  }

  /// True if the body runs at the home of its future, so that nothing is delivered until it ends.
  /// @thread The worker, from within `invoke`.
  bool runs_at_home() const { return port_.at_home(); }

 private:
  friend class waiting_line;

  message_origin next_origin() noexcept { return {id_, sequence_++}; }
  static void finish(ref<task_record> task, flat_message words) noexcept;

  const task_id id_;
  sender port_;
  std::uint32_t sequence_ = 0;
  std::atomic<bool> cancel_requested_{false};

  // The pool's: the neighbours in its line.
  bool in_line_ = false;
  task_record* ahead_ = nullptr;
  task_record* behind_ = nullptr;

  std::exception_ptr thrown_;
};

}  // namespace offstage
