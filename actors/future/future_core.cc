#include "actors/future/future_core.h"

#include <exception>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/future/task_failed.h"
#include "actors/log/log.h"
#include "actors/loop/calling_out.h"
#include "actors/loop/doorbell.h"
#include "actors/router/inbox.h"
#include "actors/task/describe_exception.h"

namespace offstage {
namespace {

using input = future_machine::input;
using verdict = future_machine::verdict;

input input_of(state_message_kind kind) {
  switch (kind) {
    case state_message_kind::started:
      return input::started;
    case state_message_kind::abandoned:
      return input::abandoned;
    case state_message_kind::returned:
      return input::returned;
    case state_message_kind::raised:
      return input::raised;
    case state_message_kind::generated:
    case state_message_kind::progressed:
    case state_message_kind::stepped:
    case state_message_kind::custom:
      return input::sent;
  }
  return input::sent;
}

end_reason reason_of(failure_kind kind) noexcept {
  switch (kind) {
    case failure_kind::raised:
      return end_reason::raised;
    case failure_kind::infrastructure:
      return end_reason::worker_failed;
    case failure_kind::protocol:
      return end_reason::protocol_broken;
    case failure_kind::encoding:
      return end_reason::encoding_failed;
    case failure_kind::out_of_memory:
      return end_reason::out_of_memory;
  }
  return end_reason::worker_failed;
}

}  // namespace

future_core::future_core(ref<task_record> record, owner* executor) noexcept
    : id_(record->id()), record_(std::move(record)), executor_(executor) {}

future_core::~future_core() {
  if (failure_ && machine_.state() == future_state::failed && !looked_at_) {
    log::line(log_room::future, log_level::warning, "task {} failed and nobody looked at it: {}",
              id_, failure_->summary());
  }
}

future_state future_core::state() const noexcept {
  const auto now = present_state();
  if (now == future_state::failed) looked_at_ = true;
  return now;
}

end_reason future_core::why() const noexcept {
  if (!done()) return end_reason::not_ended;
  if (reason_) return *reason_;
  return is(future_state::completed) ? end_reason::completed : end_reason::cancelled;
}

bool future_core::cancel() {
  ref<future_core> self(this);
  const bool begun = begin_cancel();
  if (begun) tell_or_soon();
  return begun;
}

bool future_core::begin_cancel() {
  require_home("future::cancel");
  if (!machine_.cancellable()) {
    log::line(log_room::future, log_level::debug, "task {}: not cancellable, it is {}", id_,
              to_string(machine_.state()));
    return false;
  }
  ref<future_core> self(this);
  const auto before = machine_.state();
  machine_.apply(input::cancel);
  log::line(log_room::future, log_level::debug, "task {}: cancelling", id_);
  // A subscriber that works here may run the loop, and the task may end in there.
  const auto record = record_;
  settle(before);
  publish(nullptr);
  record->request_cancel();
  if (executor_ != nullptr) {
    // The pool may destroy the arguments of a task that waits.
    const calling_out now(home_bell());
    executor_->cancel_task(*this);
  }
  return true;
}

bool future_core::terminate(time_limit grace) {
  if (machine_.done()) return false;
  cancel(grace);
  return true;
}

bool future_core::cancel(time_limit grace) {
  require_home("future::cancel");
  if (machine_.done()) return false;
  ref<future_core> self(this);
  end_wanted_ = grace.none() ? end_reason::ended_by_force : end_reason::out_of_time;
  const bool begun = machine_.cancellable() && cancel();
  if (executor_ != nullptr) executor_->terminate_task(*this, grace);
  return begun;
}

void future_core::give_up() noexcept {
  if (machine_.done()) return;
  ref<future_core> self(this);
  const auto before = machine_.state();
  if (machine_.cancellable()) machine_.apply(input::cancel);
  machine_.give_up();
  reason_ = end_reason::left_running;
  settle(before);
  publish(nullptr);
  forget_record();
  tell();
}

void future_core::forget_observers() noexcept {
  if (observed_) observed_->all.clear();
  if (middle_) middle_->clear();
}

const failure& future_core::why_failed() const {
  if (!is(future_state::failed)) {
    throw not_done("future::failure: expected a failed future, found one that is " +
                   std::string(to_string(present_state())));
  }
  looked_at_ = true;
  return *failure_;
}

task_record& future_core::completed_record(const char* call) const {
  const auto now = present_state();
  if (now == future_state::completed) return *record_;
  if (now == future_state::cancelled) {
    throw task_cancelled(std::string(call) + ": the task was cancelled");
  }
  if (now == future_state::failed) {
    looked_at_ = true;
    throw_task_failed(*failure_);
  }
  throw not_done(std::string(call) + ": expected a future that is done, found one that is " +
                 std::string(to_string(now)));
}

subscription future_core::observe(future_event event, callback<future_core&> call) {
  require_home("future::on_...");
  const auto& inbox = home_inbox();
  if (inbox && inbox->bell()->closed()) {
    throw loop_gone("future::on_...: expected the future's loop, found it gone");
  }
  if (!machine_.done() || (observed_ && observed_->changes.will_tell(event))) {
    if (!observed_) observed_ = std::make_unique<told>();
    return observed_->all.add(event, std::move(call));
  }
  // Late observers have a list of their own, which lives until the loop's next turn.
  auto late = std::make_unique<observers<future_event, future_core&>>();
  auto added = late->add(event, std::move(call));
  if (inbox) {
    inbox->bell()->call_soon([late = std::move(late), event, self = ref<future_core>(this)] {
      late->notify(self->home_bell(), event, *self);
    });
  }
  return added;
}

void future_core::require_home(const char* call) const {
  if (home_inbox()) home_inbox()->require_home(call);
}

void future_core::receive(mail message) noexcept {
  ref<future_core> self(this);
  if (message.words.empty()) {
    if (message.beside) receive_request(*message.beside);
    return;
  }
  const auto before = machine_.state();
  bool changed;
  try {
    changed = apply(message);
  } catch (const malformed_message& error) {
    changed = fail_protocol(error.what());
  } catch (...) {
    // Whatever it was: the codec of a user's own type may throw anything.
    changed = fail_here(
        describe_codec_failure(std::current_exception(), "while a value was read at home"));
  }
  if (changed) {
    settle(before);
    publish(&message);
    forget_record();
  }
  message = {};
  if (changed) tell();
}

void future_core::undelivered(mail message) noexcept {
  // A request of an actor is answered all the same: the future is done, and does not change.
  if (message.words.empty() && message.beside && done()) receive_request(*message.beside);
}

bool future_core::apply(const mail& message) {
  const auto read = read_state_message(message.words);
  if (read.origin.task != id_ || read.origin.sequence != next_sequence_) {
    return fail_protocol("expected message " + std::to_string(next_sequence_) + " of task " +
                         std::to_string(id_) + ", found message " +
                         std::to_string(read.origin.sequence) + " of task " +
                         std::to_string(read.origin.task));
  }
  ++next_sequence_;
  const auto what = input_of(read.kind);
  if (what == input::raised) {
    auto why = std::make_unique<failure>(read_failure(message.words));
    const auto kind = why->kind;
    if (machine_.state() == future_state::executing) {
      why->original = record_->thrown();
      failure_ = std::move(why);
      reason_ = reason_of(kind);
    } else if (kind == failure_kind::infrastructure && end_wanted_) {
      reason_ = end_wanted_;
    }
  }
  const auto before = machine_.state();
  switch (machine_.apply(what)) {
    case verdict::applied:
      return machine_.state() != before;
    case verdict::dropped:
      return false;
    case verdict::dispatch:
      if (message.beside) message.beside->arrive();
      dispatch(message, read);
      return false;
    case verdict::refused:
      return fail_protocol(machine_.refusal(what));
  }
  return false;
}

// A message in the middle, until its observers are told: an actor that hears of it first may run a
// loop here, in which the next messages arrive.
struct future_core::middle_message {
  middle_message(future_core& of, const mail& message, const state_message& read) noexcept
      : of(of), message(message), read(read), before(std::exchange(of.middle_message_, this)) {}
  ~middle_message() { of.middle_message_ = before; }
  middle_message(const middle_message&) = delete;
  middle_message& operator=(const middle_message&) = delete;

  future_core& of;
  const mail& message;
  const state_message& read;
  bool taken = false;
  bool heard = false;
  middle_message* const before;
};

void future_core::dispatch(const mail& message, const state_message& read) {
  take_left();
  middle_message now(*this, message, read);
  const bool heard = publish(&message);
  // Observers may change the future from within, so nothing is to be told after them.
  take(&now);
  if (now.heard || heard) return;
  log::line(log_room::future, log_level::error, "task {}: no handler for a message '{}'", id_,
            read.kind == state_message_kind::custom ? read.name : to_string(read.kind));
}

// Those before it first. After a cancel nobody hears of them any more.
void future_core::take(middle_message* which) {
  if (which == nullptr || which->taken) return;
  take(which->before);
  which->taken = true;
  const auto now = machine_.state();
  which->heard = now == future_state::cancelling || now == future_state::cancelled;
  if (middle_ == nullptr || which->heard) return;
  // A loop in one of them waits, perhaps, for what another one does.
  if (middle_->several()) tell_soon();
  which->heard = middle_->take(*this, which->read, which->message.beside.get());
}

void future_core::take_left() {
  if (middle_message_ == nullptr) return;
  take(middle_message_);
  if (middle_ && middle_->telling()) middle_->go_on(*this);
}

mail future_core::latest_message() const {
  const message_origin origin{id_, next_sequence_ == 0 ? 0 : next_sequence_ - 1};
  switch (machine_.state()) {
    case future_state::executing:
      return {make_started({id_, 0}), nullptr};
    case future_state::completed:
      return {make_returned(origin, {payload_kind::slot}), record_};
    case future_state::failed:
      return {make_raised(origin, *failure_), nullptr};
    case future_state::waiting:
    case future_state::cancelling:
    case future_state::cancelled:
      return {};
  }
  return {};
}

bool future_core::fail_protocol(std::string text) noexcept {
  failure why;
  why.kind = failure_kind::protocol;
  why.what = std::move(text);
  return fail_here(std::move(why));
}

bool future_core::fail_here(failure why) noexcept {
  log::line(log_room::future, log_level::error, "task {}: {}", id_, why.what);
  if (machine_.done()) return false;
  machine_.give_up();
  if (machine_.state() == future_state::failed) {
    reason_ = reason_of(why.kind);
    failure_ = std::make_unique<failure>(std::move(why));
  }
  return true;
}

// The state is a new one. Whoever counts it hears of it here, before any code of the user's runs.
void future_core::settle(future_state before) noexcept {
  shown_.reset();
  const auto now = machine_.state();
  const bool ended = machine_.done();
  if (ended && executor_ != nullptr) ending_ = std::exchange(executor_, nullptr)->ended(*this);
  if (!observed_) return;
  auto& changes = observed_->changes;
  if (now != before) changes.add(future_event::state, now);
  if (is_cancellable(now) != is_cancellable(before)) changes.add(future_event::cancellable, now);
  if (ended) changes.add(future_event::done, now);
}

// Only a completed future has something to show of its record; a result that nobody sees goes here
// and now, even if somebody else still holds the record. Of a task that was given up the worker may
// be about to write it, and drops it there.
void future_core::forget_record() noexcept {
  if (!machine_.done() || machine_.state() == future_state::completed || !record_) return;
  const calling_out now(home_bell());
  const auto record = std::exchange(record_, nullptr);
  if (machine_.hides_result()) record->forget_result();
}

void future_core::tell() noexcept {
  tell_middle();
  if (observed_) {
    observed_->changes.tell([this] { return observed_->all.newest(); },
                            [this](auto& change) { return tell_next(change); });
  }
  if (machine_.done() && !std::exchange(left_, true)) leave();
}

// A nested loop of an observer, or of an actor, goes on with the messages in the middle, also where
// the end has come meanwhile. After a cancel nobody hears of them.
void future_core::tell_middle() noexcept {
  const auto now = machine_.state();
  if (middle_message_ == nullptr || now == future_state::cancelling ||
      now == future_state::cancelled) {
    return;
  }
  if (now != future_state::executing) {
    shown_ = future_state::executing;
    tell_soon();
  }
  try {
    take_left();
  } catch (...) {
    // The codec of a value that only its observer knows.
    log::line(log_room::future, log_level::error, "task {}: {}", id_,
              describe_exception(std::current_exception()).summary());
  }
  shown_.reset();
}

// An observer that makes a change has the others hear of it after itself. A nested loop in it comes
// to them sooner.
void future_core::tell_or_soon() noexcept {
  if (!observed_ || !observed_->changes.telling()) return tell();
  tell_soon();
}

// In the next turn, which may be the one of a nested loop.
void future_core::tell_soon() noexcept {
  if (!home_inbox() || std::exchange(tell_is_due_, true)) return;
  const bool comes = home_inbox()->bell()->call_soon([self = ref<future_core>(this)] {
    self->tell_is_due_ = false;
    self->tell();
  });
  if (!comes) tell_is_due_ = false;
}

bool future_core::tell_next(change_line<future_event, future_state>::change& which) noexcept {
  // What an observer hears of that waits for this one is over.
  shown_.reset();
  const int left = observed_->all.left(which.event, which.told, which.last);
  if (left == 0) return false;
  if (which.value != machine_.state()) shown_ = which.value;
  // A loop in the observer waits, perhaps, for what is told after this.
  if (shown_ || left > 1 ||
      observed_->changes.is_followed([&](auto event) { return observed_->all.any(event); })) {
    tell_soon();
  }
  const bool told =
      observed_->all.tell_next(home_bell(), which.event, which.told, which.last, *this);
  shown_.reset();
  return told;
}

void future_core::leave() noexcept {
  if (observed_ || middle_) {
    const calling_out now(home_bell());
    if (observed_) observed_->all.clear();
    if (middle_) middle_->clear();
  }
  retire();
  if (const auto executor = std::exchange(ending_, nullptr)) executor->told();
}

}  // namespace offstage
