// task_hearing: what worker processes say of tasks, turned into values where that may take long.
//
// Question: which thread runs codecs, and destroys callables and arguments, in the parent?
// Zone:     border. Hears the process crew in any thread; says messages and ends to tasks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "actors/ref/ref.h"
#include "actors/sync/mutex.h"
#include "actors/task/task_record.h"
#include "actors/worker/side_threads.h"
#include "messages/failure.h"
#include "messages/flat_message.h"
#include "messages/payload.h"

namespace offstage {

class node;

/// Hears the messages and the ends of tasks whose codecs and destructors are the user's, or whose
/// values are large: in order for each task, on side threads.
///
/// The thread that reads the lanes adds what comes and goes on. As many tasks are heard at once as
/// the given number says. If none of them makes progress for a second while others wait, one more
/// is heard beside them: so a codec that does not return keeps no other task waiting for long.
///
/// The threads hold it, so that it outlives its pool while one of them is in the user's code.
/// @thread Any.
class task_hearing final : public std::enable_shared_from_this<task_hearing> {
 public:
  using clock = std::chrono::steady_clock;

  /// A message of a task, which was admitted.
  struct message {
    flat_message words;
    payload large;               ///< Its value, if that is in shared memory.
    std::shared_ptr<node> from;  ///< Who sent it,
    std::uint16_t cell = 0;      ///< and of which cell.
  };

  /// The task was cancelled before its body was begun.
  struct abandonment {};

  /// What is heard of a task: a message, or the end that the pool gives it.
  using item = std::variant<message, failure, abandonment>;

  /// What is kept with each task.
  class unheard {
   private:
    friend class task_hearing;
    // With the lock of the hearing. Most tasks need none.
    std::unique_ptr<std::deque<item>> items_;
    bool being_heard_ = false;  // It stands in the line, or a thread is on it.
    bool ended_ = false;        // It has ended before its body did; nothing is heard any more.
  };

  /// Hears a message; returns false if the task has ended with it although its body goes on.
  using hear_function = std::function<bool(const ref<task_record>&, message&)>;

  /// Has a function called at a moment.
  using call_at_function = std::function<void(clock::time_point, std::function<void()>)>;

  /// @param tasks_max How many tasks are heard at once; at least 1.
  task_hearing(std::size_t tasks_max, hear_function hear, call_at_function call_at);

  /// Puts an item behind those of its task; `of` is what is kept with it.
  void add(ref<task_record> task, unheard& of, item what) OFFSTAGE_EXCLUDES(mutex_);

  /// True if all that was added of a task was heard. Whoever adds its messages may hear the next
  /// one then.
  bool is_through(const unheard& of) const OFFSTAGE_EXCLUDES(mutex_);

 private:
  struct waiting {
    ref<task_record> task;
    unheard* of = nullptr;
  };

  void start_thread() OFFSTAGE_EXCLUDES(mutex_);
  void serve() OFFSTAGE_EXCLUDES(mutex_);
  bool hear_some(const waiting& next) OFFSTAGE_EXCLUDES(mutex_);
  void hear(const waiting& next, item& what) OFFSTAGE_EXCLUDES(mutex_);
  bool wants_look() OFFSTAGE_REQUIRES(mutex_);
  void look_later() OFFSTAGE_EXCLUDES(mutex_);
  void look() OFFSTAGE_EXCLUDES(mutex_);

  const hear_function hear_;
  const call_at_function call_at_;

  mutable sync::mutex mutex_;
  std::deque<waiting> line_ OFFSTAGE_GUARDED_BY(mutex_);
  std::size_t tasks_max_ OFFSTAGE_GUARDED_BY(mutex_);
  std::size_t threads_ OFFSTAGE_GUARDED_BY(mutex_) = 0;  // That serve.
  std::uint64_t heard_ OFFSTAGE_GUARDED_BY(mutex_) = 0;  // Items.
  std::uint64_t heard_before_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  bool looks_ OFFSTAGE_GUARDED_BY(mutex_) = false;

  side_threads side_;
};

}  // namespace offstage
