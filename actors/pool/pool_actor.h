// pool_actor: assigns waiting tasks to free workers.
//
// Question: which worker runs which task?
// Zone:     border. Hears executors, workers and cancels in any thread; says commands to workers.
#pragma once

#include <caf/actor.hpp>
#include <caf/monitorable_actor.hpp>

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/loop/deadline.h"
#include "actors/pool/waiting_line.h"
#include "actors/ref/ref.h"
#include "actors/worker/stopper.h"

namespace offstage {

/// The pool as an inline actor: it works in the thread that tells it something, decides under a
/// short lock, and sends with the lock released.
/// @thread Any, for every call.
class pool_actor final : public caf::monitorable_actor {
 public:
  explicit pool_actor(caf::actor_config& config);

  void add_ref() const noexcept { caf::intrusive_ptr_add_ref(ctrl()); }
  void release() const noexcept { caf::intrusive_ptr_release(ctrl()); }

  /// The workers are there; all of them are free.
  void staff(std::vector<caf::actor> workers);

  /// A task for the first worker that is free; returns false if the pool is closed.
  bool submit(ref<task_record> task);

  /// Takes no more tasks.
  void close();

  bool closed();

  /// A task is to be cancelled: abandoned if it waits, else its token is stopped.
  void cancel(const ref<task_record>& task);

  /// No task is run any more: those that wait, and all that follow, fail for this reason.
  void break_down(const failure& why);

  /// That reason.
  std::optional<failure> broken();

  /// A worker has ended its task.
  void freed(std::size_t worker);

  /// True if no worker is busy and no task waits; waits for that until the deadline.
  bool await_idle(deadline end);

  /// Calls `function`, once, when no worker is busy and no task waits; at once if that is so now.
  void when_idle(std::function<void()> function);

  /// Forgets the workers.
  void dismiss();

  const char* name() const override { return "offstage.pool"; }
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override;

 private:
  bool idle() const noexcept { return line_.empty() && free_.size() == workers_.size(); }
  static void assign(const caf::actor& worker, ref<task_record> task);

  std::mutex mutex_;
  bool closed_ = false;
  std::optional<failure> broken_;
  std::condition_variable became_idle_;
  std::vector<caf::actor> workers_;
  std::vector<std::size_t> free_;  // The one freed last is taken first: its caches are warm.
  waiting_line line_;
  std::function<void()> when_idle_;
  stopper stopper_;
};

}  // namespace offstage
