// inbox: the one place where the border homeward is crossed.
//
// Question: how do messages of many threads reach home, in order and with few wake-ups?
// Zone:     border. Hears `push` from any thread, says `receive` to receivers at home.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "actors/loop/deadline.h"
#include "actors/loop/doorbell.h"
#include "actors/ref/ref.h"
#include "actors/router/mail.h"
#include "actors/router/receiver.h"

namespace offstage {

/// The queue of one router. Pushing takes a short lock and rings the loop's doorbell when the loop
/// does not know yet; delivery runs without a lock, one message at a time, so that observers may
/// do anything, nested loops included.
class inbox final : public doorbell::source, public std::enable_shared_from_this<inbox> {
 public:
  explicit inbox(std::shared_ptr<doorbell> bell) : bell_(std::move(bell)) {}

  const std::shared_ptr<doorbell>& bell() const noexcept { return bell_; }

  /// Puts a message in. After `close()` it is dropped.
  /// @thread Any.
  void push(ref<receiver> to, mail message);

  /// Delivers one message by hand; returns false if there is none.
  /// @thread Home.
  bool deliver_one();

  /// Waits until there is a message, or the deadline (none: for ever).
  /// @thread Home.
  void wait(deadline end);

  /// How many messages are there now.
  /// @thread Home.
  std::size_t size();

  /// Drops what is there and what comes.
  /// @thread Home.
  void close();

  /// A receiver is about to run user code.
  /// @thread Home.
  void calling_out();

  bool serve(doorbell& bell, doorbell::turn_limit& limit, std::size_t quantum) override;

 private:
  struct entry {
    ref<receiver> to;
    mail message;
  };

  bool fetch();

  const std::shared_ptr<doorbell> bell_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<entry> arriving_;
  bool waited_for_ = false;
  bool closed_ = false;

  std::deque<entry> pending_;  // Home's part: taken over, not yet delivered.
  bool called_out_ = false;
};

}  // namespace offstage
