// sender: the away end of a pipe.
//
// Question: who may send through this pipe, and when?
// Zone:     away. Hears the task, says it to the receiver.
#pragma once

#include <cstdint>
#include <utility>

#include "actors/ref/ref.h"
#include "actors/router/mail.h"
#include "actors/router/receiver.h"

namespace offstage {

/// The away end of a pipe, used once: `start()`, any number of `send()`, `stop()`.
///
/// Made at home by `message_router::open_pipe`, then owned by the task.
/// @thread Whoever owns it; home too.
class sender {
 public:
  /// Not the end of any pipe.
  sender() noexcept = default;
  explicit sender(ref<receiver> to) noexcept : to_(std::move(to)) {}
  sender(sender&&) noexcept = default;
  sender& operator=(sender&&) noexcept = default;

  /// @errors sender_misuse if it was started before.
  void start();

  /// Sends a message home and returns at once.
  /// @errors sender_misuse unless between start and stop.
  void send(mail message);

  /// True if the caller is at the home to which it sends.
  /// @errors sender_misuse unless between start and stop.
  bool at_home() const;

  /// Ends it for good, and lets go of the receiver.
  /// @errors sender_misuse unless between start and stop.
  void stop();

  /// Sends the last message and stops; what the message carries goes with it.
  /// @errors sender_misuse unless between start and stop.
  void send_last(mail message);

 private:
  enum class phase : std::uint8_t { initial, open, closed };

  void require_open(const char* call) const;

  ref<receiver> to_;
  phase phase_ = phase::initial;
};

/// A sender that is started for the duration of a scope.
class sending {
 public:
  explicit sending(sender& through) : through_(through) { through_.start(); }
  ~sending() { through_.stop(); }
  sending(const sending&) = delete;
  sending& operator=(const sending&) = delete;

 private:
  sender& through_;
};

}  // namespace offstage
