// waiting_line: the tasks of a pool that no worker has taken.
//
// Question: who is next?
// Zone:     pure. Hears and says the pool only.
#pragma once

#include <cstddef>

#include "actors/task/task_record.h"

namespace offstage {

/// First in, first out; a task may leave from anywhere. No call allocates, and each takes the same
/// short time however long the line is. A task stands in one line at most.
/// @thread One at a time.
class waiting_line {
 public:
  waiting_line() noexcept = default;
  ~waiting_line();
  waiting_line(const waiting_line&) = delete;
  waiting_line& operator=(const waiting_line&) = delete;

  /// Puts a task at the end.
  void push_back(ref<task_record> task) noexcept;

  /// Puts a task at the front, before all others.
  void push_front(ref<task_record> task) noexcept;

  /// Takes the first task; null if there is none.
  ref<task_record> pop_front() noexcept;

  /// Takes a task out of the line; returns null if it does not stand in this one.
  ref<task_record> remove(task_record& task) noexcept;

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

 private:
  task_record* first_ = nullptr;
  task_record* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace offstage
