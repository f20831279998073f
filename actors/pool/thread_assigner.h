// thread_assigner: assigns waiting tasks to the threads of a pool, and has as many as are needed.
//
// Question: which thread runs which task, and when is there one more or less?
// Zone:     border. Hears executors, workers and cancels in any thread; says tasks to its threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "actors/pool/waiting_line.h"
#include "actors/ref/ref.h"
#include "actors/sync/mutex.h"
#include "actors/sync/parking_place.h"
#include "actors/sync/process_mark.h"
#include "actors/worker/side_threads.h"
#include "actors/worker/worker.h"
#include "actors/worker/worker_initializer.h"
#include "messages/failure.h"

namespace offstage {

/// Decides under a short lock in the thread that tells it something, and acts with the lock
/// released.
///
/// A thread is started when a task comes, none is idle, and there are fewer than wanted. One that
/// has ended a task takes the next one itself; a task that comes while threads are idle goes to the
/// one that was so last, whose caches are warm, and wakes no other. So tasks wait only while no
/// thread is idle.
///
/// The threads hold it, so that it outlives its pool for as long as one of them is busy. In a copy
/// of the process made by fork() there are no threads: what was started before refuses to work
/// there.
/// @thread Any, for every call.
class thread_assigner final : public counted, public worker::owner {
 public:
  thread_assigner(std::size_t worker_count, worker_initializer initializer);

  void add_ref() const noexcept override { counted::add_ref(); }
  void release() const noexcept override { counted::release(); }

  /// A task for the first thread that is free; returns false if the pool is closed.
  /// @errors std::system_error or std::bad_alloc if there is no thread and none can be had;
  ///   wrong_process. Then the task is as before.
  bool submit(ref<task_record> task);

  /// A task is to be cancelled: abandoned if it waits, else its token is stopped.
  void cancel(const ref<task_record>& task) noexcept;

  /// Takes no more tasks. Idle threads end, the others when no task waits any more.
  void close() noexcept;

  bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

  /// The workers that are there now.
  std::vector<ref<worker>> workers() const;

  void dismiss(worker& which) override;

 private:
  class crew_thread;

  bool elsewhere() const noexcept;
  ref<crew_thread> take_idle() OFFSTAGE_REQUIRES(mutex_);
  void add_thread(const ref<task_record>& task);
  void miss_thread(const std::exception& refused, const ref<task_record>& task);

  void work(crew_thread& self);
  ref<task_record> next_for(crew_thread& self);
  void run(crew_thread& self, ref<task_record> task);
  std::optional<failure> initialize(crew_thread& self, ref<task_record>& task);
  void leave(crew_thread& self, worker::way_out how);

  bool worth_a_look() OFFSTAGE_REQUIRES(mutex_);
  void give(crew_thread& to) OFFSTAGE_REQUIRES(mutex_);
  failure break_down(const std::string& reason);
  worker_initializer unneeded_initializer() OFFSTAGE_REQUIRES(mutex_);
  void drop_cancelled() noexcept;
  void watch_droppers() noexcept;

  const std::size_t worker_count_;
  const bool initializes_;
  const bool looks_;                 // An idle thread looks for the next task before it sleeps.
  std::atomic<bool> closed_{false};  // Written with the lock held.
  std::atomic<bool> warm_{false};    // There was a thread; `process_` does not change any more.
  std::optional<sync::process_mark> process_;

  mutable sync::mutex mutex_;
  worker_initializer initializer_ OFFSTAGE_GUARDED_BY(mutex_);  // Until nobody will need it.
  // Threads that have a task, or had one that was cancelled, and have not called the initializer.
  std::size_t first_tasks_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  std::optional<failure> broken_ OFFSTAGE_GUARDED_BY(mutex_);
  std::vector<ref<crew_thread>> threads_ OFFSTAGE_GUARDED_BY(mutex_);
  std::size_t thread_count_ OFFSTAGE_GUARDED_BY(mutex_) = 0;  // With those that are being started.
  std::vector<crew_thread*> idle_ OFFSTAGE_GUARDED_BY(mutex_);  // The next one to be taken is last.
  std::atomic<bool> looking_{false};  // The last one of them looks; set with the lock held.
  // Looks that found nothing, since one that did: the more there were, the rarer they are.
  std::atomic<unsigned> fruitless_{0};
  unsigned idle_moments_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  waiting_line line_ OFFSTAGE_GUARDED_BY(mutex_);
  waiting_line cancelled_ OFFSTAGE_GUARDED_BY(mutex_);    // To be abandoned away from home.
  std::size_t droppers_ OFFSTAGE_GUARDED_BY(mutex_) = 0;  // Side threads that do so.
  std::uint64_t dropped_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  bool watched_ OFFSTAGE_GUARDED_BY(mutex_) = false;  // A side thread sees whether they go on.
  sync::condition nothing_to_drop_;
  bool short_of_threads_ OFFSTAGE_GUARDED_BY(mutex_) = false;

  side_threads side_;
};

}  // namespace offstage
