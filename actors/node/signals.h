// signals: which signals reach threads and processes of ours.
//
// Question: who is to handle a signal?
// Zone:     pure.
#pragma once

#include <csignal>

namespace offstage {

/// Leaves signals to the application's own threads: blocks all in the calling one but those that
/// it brings upon itself by a fault, whose handlers (crash reporters) run in no other thread, and
/// which end the process without them where they are blocked.
/// @thread One of ours.
void leave_signals_to_others() noexcept;

/// For a process that needs an action of a signal for itself, and gives what it had before to its
/// children.
/// @thread The only one.
class own_action {
 public:
  using action = void (*)(int);

  /// @param chosen SIG_DFL or SIG_IGN.
  own_action(int number, action chosen) noexcept;

  /// In a child: what was there before, unless somebody has chosen since.
  void give_back() const noexcept;

 private:
  const int number_;
  const action chosen_;
  const action before_;
};

}  // namespace offstage
