// loop: the application's event loop, as Offstage sees it.
//
// Question: how does home get woken, and who is at home?
// Zone:     border. Hears `wake` from any thread, says `dispatch` at home.
#pragma once

#include <memory>

#include "actors/loop/affinity.h"
#include "actors/loop/deadline.h"
#include "messages/functions.h"

namespace offstage {

class doorbell;

/// An event loop that state messages are brought to.
///
/// A loop binds home where it is constructed. Executors, futures and observers of a loop are used
/// at its home only. The loop outlives nothing: executors and workers notice when it is gone.
///
/// To support another toolkit, derive from it: implement `wake()` so that the toolkit's loop soon
/// calls `dispatch()` at home, and call `close()` first in your destructor.
class loop {
 public:
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// @thread Home.
  virtual ~loop();

  /// Makes the loop take a turn soon, which runs what is waiting and asks the conditions of waits
  /// (`run_until`) again; also when it is busy, nested, or not yet running.
  /// @thread Any; async-signal-safe.
  virtual void wake() noexcept = 0;

  /// Runs `function` at home, in a later turn of the loop, in the order of the calls. What it
  /// throws is logged. Functions still waiting when the loop is destroyed are destroyed with it.
  /// @thread Any.
  void call_soon(std::function<void()> function);

  /// True if the caller is at home.
  /// @thread Any.
  bool at_home() const noexcept;

  /// Sets how long one turn may deliver messages before the loop gets on with its other work;
  /// at least one message is delivered in each turn. The default is 1 ms.
  /// @thread Home.
  /// @errors invalid_options if it is not positive; wrong_sequence.
  void set_turn_budget(time_limit budget);

  /// The doorbell of this loop; for routers.
  const std::shared_ptr<doorbell>& bell() const noexcept { return bell_; }

 protected:
  /// A loop whose home is the constructing thread, or only what runs inside `dispatch()`.
  explicit loop(affinity::binding how);

  /// A loop whose home is where `inside` returns true.
  explicit loop(affinity::inside_test inside);

  /// For loops that end when nothing is left to do: called with true when tasks are under way or a
  /// turn is due, and with false when no longer.
  /// @thread Home.
  virtual void keep_running(bool on) noexcept;

  /// Takes one turn: delivers what is waiting, within the budget; `until` is tested after each
  /// message and ends the turn when it returns true. Returns whether it did.
  /// @thread Home.
  bool dispatch(const std::function<bool()>* until = nullptr);

  /// No call of `wake()` is under way when this returns, and none comes later from Offstage.
  /// @thread Home.
  void close() noexcept;

  /// Throws wrong_sequence unless the caller is at home.
  void require_home(const char* call) const;

 private:
  template <class Home>
  std::shared_ptr<doorbell> make_bell(Home home);

  std::shared_ptr<doorbell> bell_;
};

}  // namespace offstage
