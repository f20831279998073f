// fd_loop: any loop that can poll a descriptor, as home.
//
// Question: how do messages get into a loop that Offstage has never heard of?
// Zone:     border. Hears `wake` from any thread, takes turns when told to.
//
//   offstage::fd_loop loop;
//   offstage::executor executor{loop};
//   // in your epoll, poll or select: while loop.descriptor() is readable,
//   loop.dispatch();
//   // in a loop of frames (a game): once per frame,
//   loop.dispatch();
#pragma once

#include "actors/loop/runnable_loop.h"
#include "actors/loop/wake_event.h"

namespace offstage {

/// A descriptor that is readable while something waits for home, and a function that takes a turn;
/// the thread that constructs it is home.
class fd_loop final : public runnable_loop {
 public:
  /// @errors std::system_error if the system has no descriptor left.
  fd_loop();
  /// @thread Home.
  ~fd_loop() override;

  /// To be polled for reading, level-triggered or edge-triggered; never to be read, written or
  /// closed.
  /// @thread Any.
  /// @owns The loop, until it is destroyed.
  int descriptor() const noexcept { return event_.descriptor(); }

  /// Takes a turn: what waits is delivered, within the budget. Never waits. If something is left,
  /// the descriptor is readable again afterwards.
  /// @thread Home.
  /// @errors wrong_sequence.
  void dispatch();

  /// @thread Any; async-signal-safe.
  void wake() noexcept override;

 protected:
  /// Waits for messages alone: the other descriptors of your loop are not looked at meanwhile.
  void run_for(wait& what) override;

 private:
  wake_event event_;
};

}  // namespace offstage
