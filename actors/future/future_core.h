// future_core: the future actor's behaviour, without the actor.
//
// Question: what does a state message do to a future and to those who look at it?
// Zone:     home. Hears state messages and the user's cancel, says it to observers and executor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/future/future_machine.h"
#include "actors/future/observers.h"
#include "actors/loop/deadline.h"
#include "actors/ref/ref.h"
#include "actors/router/receiver.h"
#include "actors/task/task_record.h"
#include "messages/failure.h"
#include "messages/state_message.h"

namespace offstage {

/// What a user can observe of a future.
enum class future_event : std::uint8_t { state, cancellable, done };

class future_core;

/// What a kind of future does with the messages between `started` and the final one.
/// @thread Home.
class middle_receiver {
 public:
  virtual ~middle_receiver() = default;

  /// Takes one message; `beside` is what travelled with it, or null. Returns false if nobody
  /// handles it.
  virtual bool take(future_core& future, const state_message& message, attachment* beside) = 0;

  /// True while observers are being told of a message.
  virtual bool telling() const noexcept { return false; }

  /// Tells those that are still to hear of messages that were taken; from within an observer.
  virtual void go_on(future_core&) {}

  /// True if more than one observer is told of messages.
  virtual bool several() const noexcept { return false; }

  /// The future is done: forgets its observers.
  virtual void clear() noexcept = 0;
};

/// One task as home sees it. Handles of all types share it.
///
/// On each change the values are new first; then the executor, subscribers and the pool hear of it;
/// then the observers of state, of cancellable and of done are called, of those that changed. Each
/// observer hears each change once, in order: while it is called, the state is the one of the
/// change it hears of, unless it makes the next change itself.
/// @thread Home, for everything but `send` and the counting of references.
class future_core : public receiver {
 public:
  /// The executor, as its futures see it.
  class owner {
   public:
    /// The user asked for cancellation: the pool is to hear of it. The state is still the old one.
    virtual void cancel_task(future_core& of) noexcept = 0;

    /// The task is to be ended by force, if it has not ended when `grace` has passed.
    virtual void terminate_task(future_core& of, time_limit grace) noexcept = 0;

    /// The future is done; observers were not called yet. Returns what keeps the owner alive
    /// while they are.
    virtual std::shared_ptr<owner> ended(future_core& which) noexcept = 0;

    /// The observers of an end were called.
    virtual void told() noexcept = 0;

   protected:
    ~owner() = default;
  };

  /// The state; asking for it counts as having looked at a failure.
  future_state state() const noexcept;

  /// The state; asking so is not looking.
  future_state present_state() const noexcept { return shown_.value_or(machine_.state()); }

  /// True if this is the state; asking so is not looking.
  bool is(future_state which) const noexcept { return present_state() == which; }

  bool cancellable() const noexcept { return is_cancellable(present_state()); }
  bool done() const noexcept { return is_done(present_state()); }

  /// Why it ended; asking does not count as having looked at a failure.
  end_reason why() const noexcept;

  /// Asks for cancellation; returns true if this call moved the future to cancelling.
  bool cancel();

  /// As `cancel`, but observers are to be told by `tell_or_soon`.
  bool begin_cancel();

  /// Tells observers what they have not heard of: now, or when the one that is being told returns.
  void tell_or_soon() noexcept;

  /// Cancels, and has the task ended by force when `grace` has passed; returns false if it was
  /// done.
  bool terminate(time_limit grace);

  /// The same; returns true if this call moved the future to cancelling.
  bool cancel(time_limit grace);

  /// Ends it without the final message, which will never be waited for: cancelled.
  void give_up() noexcept;

  /// Forgets its observers: there is no home any more at which they could be called.
  void forget_observers() noexcept;

  /// The executor is gone.
  void disown() noexcept { executor_ = nullptr; }

  /// Why the task failed.
  /// @errors not_done unless the state is failed.
  const failure& why_failed() const;

  /// The record with the result.
  /// @errors not_done, task_failed or task_cancelled unless the state is completed; `call` is
  ///   what the user called, for the text.
  task_record& completed_record(const char* call) const;

  /// Adds an observer. One that is added to a future that is done is called in the loop's next
  /// turn.
  /// @errors wrong_sequence; loop_gone.
  subscription observe(future_event event, callback<future_core&> call);

  /// Sets who takes the messages in the middle; at submission, before any can arrive.
  void set_middle(std::unique_ptr<middle_receiver> middle) noexcept { middle_ = std::move(middle); }
  middle_receiver* middle() const noexcept { return middle_.get(); }

  /// Throws wrong_sequence unless the caller is at home.
  void require_home(const char* call) const;

  /// The record, while the future needs it.
  const ref<task_record>& record() const noexcept { return record_; }

  task_id id() const noexcept { return id_; }

 protected:
  future_core(ref<task_record> record, owner* executor) noexcept;
  ~future_core() override;

  void receive(mail message) noexcept override;
  void undelivered(mail message) noexcept override;

  /// The future is done; monitors and links of the actor are to hear of it.
  virtual void retire() noexcept = 0;

  /// Something happened that subscribers are to hear of: the state message `cause`, or a change of
  /// the state alone (null). Returns false if there are none.
  virtual bool publish(const mail* cause) noexcept = 0;

  /// Takes what another actor asked; it came through the inbox, so it is at home.
  virtual void receive_request(attachment& request) noexcept = 0;

  /// The present state as the message that would have led to it, for those who come late; empty if
  /// there is none.
  mail latest_message() const;

 private:
  friend class open_futures;

  struct middle_message;

  // The observers, and what they are still to hear.
  struct told {
    observers<future_event, future_core&> all;
    change_line<future_event, future_state> changes;
  };

  bool apply(const mail& message);
  bool fail_protocol(std::string text) noexcept;
  bool fail_here(failure why) noexcept;
  void settle(future_state before) noexcept;
  void forget_record() noexcept;
  void tell() noexcept;
  void dispatch(const mail& message, const state_message& read);
  void take(middle_message* which);
  void take_left();
  void tell_middle() noexcept;
  void tell_soon() noexcept;
  bool tell_next(change_line<future_event, future_state>::change& which) noexcept;
  void leave() noexcept;

  const task_id id_;
  ref<task_record> record_;
  owner* executor_;  // Null once done.
  std::unique_ptr<failure> failure_;
  std::unique_ptr<told> observed_;           // Null while nobody observed it.
  std::unique_ptr<middle_receiver> middle_;  // Null for futures of plain calls.
  std::uint32_t next_sequence_ = 0;
  future_machine machine_;
  std::optional<future_state> shown_;  // While an observer hears of a change that is not the last.
  std::shared_ptr<owner> ending_;      // The executor, until observers have heard of the end.
  std::optional<end_reason> reason_;   // Where the state does not tell it.
  std::optional<end_reason>
      end_wanted_;  // Why it is to be ended by force, once that was asked for.
  middle_message* middle_message_ = nullptr;  // The innermost one that is being told.
  bool tell_is_due_ = false;                  // In the next turn.
  bool left_ = false;                         // Done, and all were told.
  mutable bool looked_at_ = false;

  // The executor's: the neighbours among its open futures.
  bool listed_ = false;
  future_core* previous_ = nullptr;
  future_core* next_ = nullptr;
};

/// Creates a future actor for a task.
/// @thread Any.
ref<future_core> make_future(ref<task_record> record, future_core::owner* executor);

}  // namespace offstage
