// receiver: the home end of a pipe.
//
// Question: where does a message of this sender go?
// Zone:     border. Hears senders in any thread, says `receive` at home.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/router/mail.h"

namespace offstage {

class doorbell;
class inbox;

/// The home end of a pipe: an address that any thread may send to, served at home.
///
/// The object counts its own references; senders and the router's inbox hold some.
class receiver {
 public:
  receiver() noexcept = default;
  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;

  virtual void add_ref() const noexcept = 0;
  virtual void release() const noexcept = 0;

  /// Sends a message home: drops it in the inbox of the router that opened the pipe, and returns.
  /// Messages of one thread arrive in the order sent. Without a pipe the message is dropped.
  /// @thread Any.
  void send(mail message) noexcept;

  /// Sends the last message of somebody who holds `to`: that reference travels with the message, so
  /// that the sender is not the one who drops the last one.
  /// @thread Any.
  static void send_last(ref<receiver> to, mail message) noexcept;

  /// True if the caller is at the home where its pipe ends; false without a pipe.
  /// @thread Any.
  bool at_home() const noexcept;

  /// The number of its pipe: 0 for the first one of its router, one more for each that follows.
  /// @thread Home.
  std::uint64_t connection() const noexcept { return connection_; }

  /// True from the opening of its pipe until the closing.
  /// @thread Home.
  bool open() const noexcept { return open_; }

  /// The doorbell of its home, as `calling_out` wants it; null before the pipe was opened.
  doorbell* home_bell() const noexcept;

 protected:
  virtual ~receiver() = default;

  /// Takes one message; it must not throw.
  /// @thread Home.
  virtual void receive(mail message) noexcept = 0;

  /// Learns that a message was not delivered, because its pipe is closed or its router stopped.
  /// @thread Home, or the sender's once the router has stopped.
  virtual void undelivered(mail message) noexcept;

  /// Takes a message that was sent without a pipe; the default drops it.
  /// @thread Any.
  virtual void unrouted(mail message) noexcept;

  /// The inbox of its router; null before the pipe was opened.
  const std::shared_ptr<inbox>& home_inbox() const noexcept { return inbox_; }

 private:
  friend class inbox;
  friend class router;

  // Written when the pipe is opened, before anyone can send; read by every sender.
  std::shared_ptr<inbox> inbox_;
  std::uint64_t connection_ = 0;
  bool open_ = false;
};

}  // namespace offstage
