// calling_out: a moment in which home runs the user's code.
//
// Question: what must be so before the user's code runs at home?
// Zone:     home. Made by those who keep the user's functions and values, tells the doorbell.
#pragma once

namespace offstage {

class doorbell;

/// The right to run the user's code at home, for as long as it lives: a `callback` cannot be called
/// without one.
///
/// When it is made, a wake-up is under way for everything that is left to deliver, so that a nested
/// loop in the user's code goes on with it; the turn measures how long the user's code takes; and
/// no mutex of the library is held. Make one for each call, because a nested loop uses the wake-up
/// up.
/// @thread Home.
class [[nodiscard]] calling_out {
 public:
  /// @param at The doorbell of the home; null where the code runs without a loop.
  explicit calling_out(doorbell* at) noexcept;
  calling_out(const calling_out&) = delete;
  calling_out& operator=(const calling_out&) = delete;
  ~calling_out() = default;
};

}  // namespace offstage
