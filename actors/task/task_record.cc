#include "actors/task/task_record.h"

#include <optional>
#include <utility>

#include "actors/task/describe_exception.h"

namespace offstage {
namespace {

std::atomic<task_id> last_id{0};

}  // namespace

task_record::task_record() noexcept : id_(last_id.fetch_add(1, std::memory_order_relaxed) + 1) {}

void task_record::run(ref<task_record> task) noexcept {
  auto& self = *task;
  if (self.cancel_requested()) {
    abandon(std::move(task));
    return;
  }
  self.port_.start();
  self.port_.send({make_started(self.next_origin()), nullptr});
  std::optional<payload> value;
  try {
    value = self.invoke();
  } catch (...) {
    self.thrown_ = std::current_exception();
  }
  self.forget_body();
  if (value) {
    finish(std::move(task), make_returned(self.next_origin(), *value));
  } else {
    finish(std::move(task), make_raised(self.next_origin(), describe_exception(self.thrown_)));
  }
}

void task_record::abandon(ref<task_record> task) noexcept {
  auto& self = *task;
  self.port_.start();
  self.forget_body();
  finish(std::move(task), make_abandoned(self.next_origin()));
}

void task_record::fail(ref<task_record> task, const failure& why) noexcept {
  auto& self = *task;
  self.port_.start();
  self.port_.send({make_started(self.next_origin()), nullptr});
  self.forget_body();
  finish(std::move(task), make_raised(self.next_origin(), why));
}

void task_record::finish(ref<task_record> task, flat_message words) noexcept {
  auto port = std::move(task->port_);
  port.send_last({std::move(words), std::move(task)});
}

}  // namespace offstage
