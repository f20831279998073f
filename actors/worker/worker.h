// worker: the actor that a thread of a pool is to others.
//
// Question: how do actors monitor, link and address the one that runs the user's callables?
// Zone:     away. Hears actors in any thread, says its end to those that watch it.
#pragma once

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/monitorable_actor.hpp>

#include <cstdint>

#include "actors/ref/ref.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// A worker as an inline actor of the control system: it lives as long as its thread.
///
/// Tasks do not come through it: a pool hands them to the thread. A message that it does not know
/// is answered and otherwise ignored; an exit message (of an actor it is linked to, or sent by
/// hand) makes the pool let its thread end after the task it runs, and have another one when it
/// needs one.
/// @thread Any, for every call.
class worker final : public caf::monitorable_actor {
 public:
  /// Who lets workers go.
  class owner {
   public:
    virtual void add_ref() const noexcept = 0;
    virtual void release() const noexcept = 0;

    /// A worker is to end.
    virtual void dismiss(worker& which) = 0;

   protected:
    ~owner() = default;
  };

  worker(caf::actor_config& config, ref<owner> pool);

  void add_ref() const noexcept { caf::intrusive_ptr_add_ref(ctrl()); }
  void release() const noexcept { caf::intrusive_ptr_release(ctrl()); }

  const char* name() const override { return "offstage.worker"; }
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override;

  /// Why its thread has ended.
  enum class way_out : std::uint8_t {
    told,      ///< It had nothing to do any more: `user_shutdown`.
    by_force,  ///< A task has ended it: `unhandled_exception`.
  };

  /// Its thread has ended, or is about to: those that watch it are told the reason of the exit
  /// message, if there was one, and otherwise that of the way out.
  void end(way_out how);

 private:
  void take_exit(const caf::error& reason);

  sync::mutex mutex_;
  ref<owner> pool_ OFFSTAGE_GUARDED_BY(mutex_);  // Null once it has ended.
  caf::error asked_ OFFSTAGE_GUARDED_BY(mutex_);
};

/// Makes the worker of a thread.
/// @thread Any.
ref<worker> make_worker(ref<worker::owner> pool);

/// What others hold of a worker.
/// @thread Any.
caf::actor handle_of(worker& of);

}  // namespace offstage
