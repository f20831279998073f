// inbox: the one place where the border homeward is crossed.
//
// Question: how do messages of many threads reach home, in order and with few wake-ups?
// Zone:     border. Hears `push` from any thread, says `receive` to receivers at home.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "actors/loop/deadline.h"
#include "actors/loop/doorbell.h"
#include "actors/loop/home_queue.h"
#include "actors/ref/ref.h"
#include "actors/router/mail.h"
#include "actors/router/receiver.h"
#include "actors/sync/process_mark.h"

namespace offstage {

/// The queue of one router. Pushing takes a short lock and rings the loop's doorbell when the loop
/// does not know yet; delivery runs without a lock, one message at a time, so that observers may
/// do anything, nested loops included.
class inbox final : public doorbell::source {
 public:
  explicit inbox(std::shared_ptr<doorbell> bell) : bell_(std::move(bell)) {}

  const std::shared_ptr<doorbell>& bell() const noexcept { return bell_; }

  /// Throws unless the caller is at home, in the process that made this inbox.
  /// @thread Any.
  /// @errors wrong_process; wrong_sequence.
  void require_home(const char* call) const {
    process_.require_this(call);
    bell_->home().require(call);
  }

  /// Puts a message in. After `close()` it is dropped.
  /// @thread Any.
  void push(ref<receiver> to, mail message);

  /// Delivers one message by hand; returns false if there is none.
  /// @thread Home.
  bool deliver_one();

  /// Waits until there is a message, or the deadline (none: for ever).
  /// @thread Home.
  void wait(deadline end) { queue_.wait(end); }

  /// How many messages are there now.
  /// @thread Home.
  std::size_t size() { return queue_.size(); }

  /// Drops what is there and what comes.
  /// @thread Home.
  void close();

  void serve(doorbell::turn_limit& limit, std::size_t quantum) override;
  bool has_more() const noexcept override { return queue_.has_fetched(); }

 private:
  struct entry {
    ref<receiver> to;
    mail message;
  };

  static void deliver(entry what);

  const std::shared_ptr<doorbell> bell_;
  const sync::process_mark process_;
  home_queue<entry> queue_;
};

}  // namespace offstage
