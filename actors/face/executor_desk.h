// executor_desk: what an executor does with the messages of actors.
//
// Question: how is a message turned into a call on the executor?
// Zone:     home. Hears executor actors, says it to the executor's core and to subscribers.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/expected.hpp>

#include <functional>
#include <memory>
#include <vector>

#include "actors/executor/executor_core.h"
#include "actors/face/face_messages.h"
#include "actors/future/subscribers.h"

namespace offstage {

/// Answers the messages for one executor; both kinds of executor actors have one.
///
/// Subscribers are not kept alive: an executor has no end that they wait for.
/// @thread Home, but for the destructor, which changes nothing that others see; so whoever wants
/// the
///   executor to tell nobody any more calls `leave()` first.
class executor_desk {
 public:
  /// Called once when the executor has stopped, or when the time is up.
  using answer = std::function<void(shutdown_result)>;

  explicit executor_desk(std::shared_ptr<executor_core> core);

  caf::expected<future_handle> submit(task what);
  void stop(time_limit grace);

  /// Begins to stop; `when_stopped` is called when it has ended. One that stops already has its
  /// tasks ended by force after `grace`.
  void shut_down(std::shared_ptr<answer> when_stopped, time_limit grace);

  /// The time of one who waits is up: he is answered that tasks still run, and not asked after
  /// again.
  void time_is_up(const std::shared_ptr<answer>& of);

  /// How many tasks still run.
  std::size_t open_tasks() const noexcept { return core_->open_tasks(); }

  executor_state state() const noexcept { return core_->state(); }
  void subscribe(const caf::actor& who);
  void unsubscribe(const caf::actor& who) { shared_->told.remove(who); }

  /// Tells subscribers and those who wait for a shutdown nothing more.
  void leave() noexcept { on_state_.disconnect(); }

  /// Ends the executor; tasks that still run are left alone, and those who wait for them are told.
  void abandon() noexcept;

 private:
  // What the observer of the executor holds.
  struct nothing {};
  struct shared {
    void tell(doorbell* home, executor_state now) noexcept;

    subscribers<caf::weak_actor_ptr, executor_state, nothing> told;
    std::vector<std::shared_ptr<answer>> waiting;
  };

  std::shared_ptr<executor_core> core_;
  std::shared_ptr<shared> shared_;
  subscription on_state_;
};

}  // namespace offstage
