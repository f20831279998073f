// message_router: the interface of routers.
//
// Question: how do pipes open and close, and who drives the delivery?
// Zone:     home. Hears the executor, says it to loops and receivers.
#pragma once

#include "actors/loop/deadline.h"
#include "actors/ref/ref.h"
#include "actors/router/receiver.h"
#include "actors/router/sender.h"
#include "messages/functions.h"

namespace offstage {

/// Brings messages from senders in any thread or process to receivers at home.
///
/// It gives no meaning to messages. Messages of one sender arrive in order; between senders no
/// order is promised.
/// @thread Home, for every call.
class message_router {
 public:
  virtual ~message_router() = default;

  /// Begins to deliver; a stopped router may be started again.
  /// @errors router_misuse if it runs; wrong_sequence.
  virtual void start() = 0;

  /// Ends delivery for good; messages on their way are dropped. Warns about pipes still open.
  /// @errors router_misuse unless it runs; wrong_sequence.
  virtual void stop() = 0;

  /// Opens a pipe that ends at `to`; returns its other end.
  /// @errors router_misuse unless it runs, or if `to` has a pipe; wrong_sequence.
  virtual sender open_pipe(ref<receiver> to) = 0;

  /// Closes the pipe that ends at `from`: its messages are discarded from now on, each with a
  /// warning when it is its turn.
  /// @errors router_misuse unless it runs and the pipe is open; wrong_sequence.
  virtual void close_pipe(receiver& from) = 0;

  /// Delivers by hand, waiting for messages, until `condition()` returns true: tested first and
  /// after each message. What has arrived is delivered even when the time is up already. The loop
  /// delivers again afterwards.
  /// @param limit How long to go on, from now, however many messages come; none: for ever.
  /// @returns Whether the condition became true.
  /// @errors router_misuse unless it runs; wrong_sequence.
  virtual bool route_until(const std::function<bool()>& condition, time_limit limit) = 0;
};

}  // namespace offstage
