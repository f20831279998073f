// task_record: one task, from its submission to its end.
//
// Question: what must stay together while a task is on its way?
// Zone:     away. Hears the worker (`run`) and the pool (`abandon`, `fail`), says state messages.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>

#include "actors/ref/ref.h"
#include "actors/router/mail.h"
#include "actors/router/sender.h"
#include "actors/sync/closed_to_cancel.h"
#include "messages/failure.h"
#include "messages/payload.h"
#include "messages/state_message.h"

namespace offstage {

class byte_reader;
class byte_writer;
class credit_link;
class task_record;
class waiting_line;

/// Makes, in a child process, the record that `encode_task` wrote in the parent.
using record_maker = ref<task_record> (*)(byte_reader&);

/// What a relayed message did to its task.
enum class relayed : std::uint8_t {
  goes_on,      ///< More messages are to come.
  ended,        ///< It was the final one.
  ended_early,  ///< The task has failed here; the body goes on, and nobody listens any more.
};

/// Callable, arguments, cancel flag, the pipe home, and the result of one task.
///
/// Exactly one of `run`, `abandon` and `fail` is called, once, and each of them ends the task with
/// exactly one final state message. The worker's reference travels home with that message, so that
/// results are destroyed at home unless a handle of the future lives elsewhere. Of a task that was
/// cancelled before its body returned, nobody sees the result: it is destroyed where the body ran.
class task_record : public attachment {
 public:
  task_record() noexcept;

  /// Unique in this process.
  task_id id() const noexcept { return id_; }

  /// Its future holds it as well, and lets go of it with care.
  bool plain() const noexcept final { return true; }

  /// Gives the task its pipe home, before it is handed to a pool.
  /// @thread Home.
  void connect(sender port) noexcept { port_ = std::move(port); }

  /// Runs the body in the calling thread, unless the task was cancelled before.
  ///
  /// If the body ends its thread (pthread_exit, pthread_cancel), the task has failed and the
  /// unwinding goes on through here; otherwise nothing is thrown. Where a thread may be cancelled,
  /// it is so in the body only.
  /// @param in_user_code True while code of the user's runs, which may take for ever; false again
  ///   before the final message is sent. Null: nobody wants to know.
  /// @thread Away.
  static void run(ref<task_record> task, std::atomic<bool>* in_user_code = nullptr);

  /// Ends a task whose body was never begun, because it was cancelled.
  /// @thread Any.
  static void abandon(ref<task_record> task) noexcept;

  /// Ends a task that could not be run; `why` says so.
  /// @thread Any.
  static void fail(ref<task_record> task, const failure& why) noexcept;

  /// True once somebody asked for the task to be cancelled: one relaxed load.
  /// @thread Any.
  bool cancel_requested() const noexcept { return cancel_flag_->load(std::memory_order_relaxed); }

  /// Raises the cancel flag, and lets the body go on if it is held.
  /// @thread Home.
  void request_cancel() noexcept {
    cancel_requested_.store(true, std::memory_order_relaxed);
    release_held();
  }

  // --- A task whose body runs in another process: a record in the parent and one in the child.

  /// Writes callable, arguments and options for the `maker()` of this record.
  /// @thread Home.
  /// @errors not_transferable; what the codecs of the arguments throw.
  virtual void encode_task(byte_writer& writer) const;

  /// The function that makes this record from what `encode_task` wrote.
  virtual record_maker maker() const noexcept { return nullptr; }

  /// In the child: this record is the body of the parent's task `id`.
  /// @param cancel_flag Raised when that task is cancelled; outlives the record.
  /// @param link Where the task's credit is spent; outlives the record.
  /// @thread The worker, before `run`.
  void stand_in(task_id id, const std::atomic<bool>& cancel_flag, credit_link& link) noexcept;

  /// In the parent: a message that was admitted goes home as if the body were here.
  /// @param large Its value, if that is in shared memory.
  /// @thread One at a time, away, in the order of the messages. It runs the user's code, unless
  ///   `heard_quietly`.
  /// @errors malformed_message if what it carries is none.
  static relayed relay(const ref<task_record>& task, const flat_message& words,
                       const payload& large = {});

  /// In the parent: true if hearing what the body says, and forgetting callable and arguments, runs
  /// none of the user's code (`is_quiet`).
  /// @thread Any.
  virtual bool heard_quietly() const noexcept { return false; }

  /// In the parent: looks at a message that the body sent, and counts it.
  /// @thread One at a time, in the order in which they were sent.
  /// @errors malformed_message if it is not the next message of this task.
  void admit(const state_message& read);

  /// In the parent: where repaid credit goes; null: nowhere any more.
  /// @thread Any.
  virtual void consume_through(credit_link*) noexcept {}

  /// The body may be run twice; said before the task is handed to a pool.
  /// @thread Home.
  void mark_idempotent() noexcept { idempotent_ = true; }

  /// True if that was said.
  /// @thread Any.
  bool idempotent() const noexcept { return idempotent_; }

  /// In the parent: true if more than `started` came from the body, so that it cannot begin again.
  /// @thread One at a time, with `admit`.
  bool has_said_more() const noexcept { return heard_ > 1; }

  /// In the parent: the body begins again, in another process; its future hears of one `started`
  /// only. To be called while nothing but that was said.
  /// @thread One at a time, with `admit`.
  void expect_another_start() noexcept { heard_ = 0; }

  /// What the pool keeps with a task, until it is destroyed.
  class pool_part {
   public:
    virtual ~pool_part() = default;
  };

  /// The pool's part; its own business.
  /// @thread The pool's.
  std::unique_ptr<pool_part> kept_by_pool;

  /// True if destroying callable and arguments may take its time; false only if that does nothing.
  /// @thread Any.
  virtual bool holds_values() const noexcept { return true; }

  /// True if the body holds a std::stop_token, so that `request_stop` is to be called, too.
  /// @thread Any.
  virtual bool takes_stop_token() const noexcept { return false; }

  /// Requests stop of the body's token; runs the user's stop callbacks.
  /// @thread A side thread of the pool; where none can be had, the one that cancels.
  virtual void request_stop() noexcept {}

  /// Destroys the result, which nobody is to see.
  /// @thread Home, after the final message; or the worker, before it.
  virtual void forget_result() noexcept {}

  /// What the body threw; set before the final message is sent.
  /// @thread Home, after the final message.
  const std::exception_ptr& thrown() const noexcept { return thrown_; }

 protected:
  /// Runs the user's callable and keeps its result; says where it is.
  virtual payload invoke() = 0;

  /// In the parent: the result as the child encoded it.
  /// @errors codec_error; what the codec throws.
  virtual void decode_result(const payload& where);

  /// In the parent: what travels beside a message in the middle; null if it is not to be sent on.
  /// @errors codec_error; what the codec throws.
  virtual ref<attachment> unpack(const state_message& message);

  /// In the child: the task's credit is spent there.
  virtual void produce_through(credit_link&) noexcept {}

  /// Destroys callable and arguments; called before the final message is sent.
  virtual void forget_body() noexcept = 0;

  /// The body is not to be held by flow control any more.
  /// @thread Home.
  virtual void release_held() noexcept {}

  /// Sends a message between `started` and the final one; `make` gets its origin.
  /// @thread The worker, from within `invoke`.
  template <class Make>
  void send_middle(Make&& make, ref<attachment> beside) {
    const sync::closed_to_cancel sending;
    auto words = std::forward<Make>(make)(message_origin{id_, sequence_});
    // A message that could not be made is none, and has no number.
    next_origin();
    port_.send({std::move(words), std::move(beside)});
  }

  /// True if the body runs at the home of its future, so that nothing is delivered until it ends.
  /// @thread The worker, from within `invoke`.
  bool runs_at_home() const { return port_.at_home(); }

 private:
  friend class waiting_line;

  message_origin next_origin() noexcept { return {id_, sequence_++}; }
  static void finish(ref<task_record> task, flat_message words) noexcept;
  void drop_hidden_result() noexcept;

  task_id id_;
  sender port_;
  std::uint32_t sequence_ = 0;
  std::uint32_t heard_ = 0;  // From the body in another process.
  bool idempotent_ = false;
  std::atomic<bool> cancel_requested_{false};
  const std::atomic<bool>* cancel_flag_ = &cancel_requested_;

  // The pool's: the line it stands in, and the neighbours there.
  const waiting_line* line_ = nullptr;
  task_record* ahead_ = nullptr;
  task_record* behind_ = nullptr;

  std::exception_ptr thrown_;
};

}  // namespace offstage
