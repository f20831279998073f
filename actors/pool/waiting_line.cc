#include "actors/pool/waiting_line.h"

#include <utility>

namespace offstage {

waiting_line::~waiting_line() {
  while (pop_front()) {
  }
}

void waiting_line::push_back(ref<task_record> task) noexcept {
  auto* const added = task.leak();
  added->line_ = this;
  added->ahead_ = last_;
  added->behind_ = nullptr;
  (last_ != nullptr ? last_->behind_ : first_) = added;
  last_ = added;
  ++size_;
}

void waiting_line::push_front(ref<task_record> task) noexcept {
  auto* const added = task.leak();
  added->line_ = this;
  added->ahead_ = nullptr;
  added->behind_ = first_;
  (first_ != nullptr ? first_->ahead_ : last_) = added;
  first_ = added;
  ++size_;
}

ref<task_record> waiting_line::pop_front() noexcept {
  return first_ != nullptr ? remove(*first_) : nullptr;
}

ref<task_record> waiting_line::remove(task_record& task) noexcept {
  if (task.line_ != this) return nullptr;
  task.line_ = nullptr;
  (task.ahead_ != nullptr ? task.ahead_->behind_ : first_) = task.behind_;
  (task.behind_ != nullptr ? task.behind_->ahead_ : last_) = task.ahead_;
  task.ahead_ = task.behind_ = nullptr;
  --size_;
  return ref<task_record>::adopt(&task);
}

}  // namespace offstage
