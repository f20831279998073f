#include "actors/task/task_record.h"

#include <cxxabi.h>

#include <optional>
#include <string>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/sync/process_mark.h"
#include "actors/task/describe_exception.h"
#include "actors/task/leave_a_copy.h"

namespace offstage {
namespace {

std::atomic<task_id> last_id{0};

// A message in the middle with a number of this process, whose value is beside it now.
flat_message renumbered(const state_message& read, message_origin origin) {
  switch (read.kind) {
    case state_message_kind::generated:
      return make_generated(origin, {payload_kind::slot});
    case state_message_kind::progressed:
      return make_progressed(origin, {payload_kind::slot});
    case state_message_kind::stepped:
      return make_stepped(origin, read.step);
    default:
      return make_custom(origin, read.name, {payload_kind::slot});
  }
}

}  // namespace

task_record::task_record() noexcept : id_(last_id.fetch_add(1, std::memory_order_relaxed) + 1) {}

void task_record::run(ref<task_record> task, std::atomic<bool>* in_user_code) {
  const auto users = [&](bool now) {
    if (in_user_code != nullptr) in_user_code->store(now, std::memory_order_release);
  };
  auto& self = *task;
  sync::closed_to_cancel sending;
  if (self.cancel_requested()) {
    abandon(std::move(task));
    return;
  }
  const log::task_scope writing(self.id_);
  self.port_.start();
  self.port_.send({make_started(self.next_origin()), nullptr});
  std::optional<payload> value;
  const sync::process_mark here;
  users(true);
  try {
    sending.open();
    value = self.invoke();
  } catch (abi::__forced_unwind&) {
    sending.close();
    leave_a_copy(here, "a task");
    self.forget_body();
    users(false);
    failure why;
    why.kind = failure_kind::infrastructure;
    why.what = "the task ended its thread (pthread_exit or pthread_cancel)";
    finish(std::move(task), make_raised(self.next_origin(), why));
    throw;
  } catch (...) {
    self.thrown_ = std::current_exception();
  }
  sending.close();
  leave_a_copy(here, "a task");
  self.forget_body();
  if (value) self.drop_hidden_result();
  users(false);
  if (value) {
    finish(std::move(task), make_returned(self.next_origin(), *value));
  } else {
    finish(std::move(task), make_raised(self.next_origin(), describe_exception(self.thrown_)));
  }
}

void task_record::abandon(ref<task_record> task) noexcept {
  auto& self = *task;
  if (self.sequence_ != 0) {
    // It has begun once, and was to begin again.
    failure why;
    why.kind = failure_kind::infrastructure;
    why.what = "cancelled before it was run again";
    return fail(std::move(task), why);
  }
  self.port_.start();
  self.forget_body();
  finish(std::move(task), make_abandoned(self.next_origin()));
}

void task_record::fail(ref<task_record> task, const failure& why) noexcept {
  auto& self = *task;
  if (self.sequence_ == 0) {
    self.port_.start();
    self.port_.send({make_started(self.next_origin()), nullptr});
  }
  self.forget_body();
  finish(std::move(task), make_raised(self.next_origin(), why));
}

void task_record::encode_task(byte_writer&) const {
  throw not_transferable("a task of a kind that runs in this process only");
}

void task_record::stand_in(task_id id, const std::atomic<bool>& cancel_flag,
                           credit_link& link) noexcept {
  id_ = id;
  cancel_flag_ = &cancel_flag;
  produce_through(link);
}

void task_record::admit(const state_message& read) {
  const bool first =
      read.kind == state_message_kind::started || read.kind == state_message_kind::abandoned;
  if (read.origin.task != id_ || read.origin.sequence != heard_ || first != (heard_ == 0)) {
    throw malformed_message("a message out of order: '" + std::string(to_string(read.kind)) +
                            "' with number " + std::to_string(read.origin.sequence) + " of task " +
                            std::to_string(read.origin.task));
  }
  ++heard_;
}

relayed task_record::relay(const ref<task_record>& task, const flat_message& words,
                           const payload& large) {
  auto& self = *task;
  auto read = read_state_message(words);
  if (read.value.kind == payload_kind::segment) read.value = large;
  try {
    switch (read.kind) {
      case state_message_kind::started:
        if (self.sequence_ != 0) return relayed::goes_on;  // It has begun again.
        self.port_.start();
        self.next_origin();
        self.port_.send({words, nullptr});
        return relayed::goes_on;
      case state_message_kind::abandoned:
        abandon(task);
        return relayed::ended;
      case state_message_kind::returned:
        if (!self.cancel_requested()) self.decode_result(read.value);
        self.forget_body();
        finish(task, make_returned(self.next_origin(), {payload_kind::slot}));
        return relayed::ended;
      case state_message_kind::raised: {
        const auto why = read_failure(words);
        self.forget_body();
        finish(task, make_raised(self.next_origin(), why));
        return relayed::ended;
      }
      default:
        if (auto beside = self.unpack(read)) {
          self.port_.send({renumbered(read, self.next_origin()), std::move(beside)});
        }
        return relayed::goes_on;
    }
  } catch (const malformed_message&) {
    throw;
  } catch (...) {
    // A value that cannot be read here; the worker is as good as before.
    const auto why = describe_codec_failure(std::current_exception(),
                                            "while a value of a worker process was read");
    self.forget_body();
    finish(task, make_raised(self.next_origin(), why));
    return is_final(read.kind) ? relayed::ended : relayed::ended_early;
  }
}

void task_record::decode_result(const payload&) {
  throw malformed_message("a result of a task that runs in this process only");
}

ref<attachment> task_record::unpack(const state_message& message) {
  throw malformed_message("a message that this task never sends: " +
                          std::string(to_string(message.kind)));
}

// The flag is raised at home only, where the future is cancelled then and stays so. In a child the
// result is still to be written.
void task_record::drop_hidden_result() noexcept {
  if (cancel_flag_ == &cancel_requested_ && cancel_requested()) forget_result();
}

void task_record::finish(ref<task_record> task, flat_message words) noexcept {
  auto port = std::move(task->port_);
  port.send_last({std::move(words), std::move(task)});
}

}  // namespace offstage
