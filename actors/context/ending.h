// ending: the two seconds of everything that ends together.
//
// Question: how long may an executor or a context wait for what is still under way?
// Zone:     border. Executors and contexts make one when they are destroyed.
#pragma once

#include <chrono>
#include <cstdint>

namespace offstage {

/// The time that a destructor has to wait: two seconds, which it shares with everything that ends
/// in the same go.
///
/// One that is made while the thread has another is the same ending: a context and its executors,
/// an executor and what its observers destroy. Those that follow one after the other, a row, share
/// the time as well, until the thread begins something new (`begin_anew`) or the loop of one of
/// them takes a turn (`turned`). What was waited for in vain is not waited for again by the next
/// one.
/// @thread The one that waits; each thread has endings of its own.
class ending {
 public:
  using clock = std::chrono::steady_clock;

  /// What everything together may wait.
  static constexpr std::chrono::milliseconds time{2000};

  /// The last part of that: what can be ended by force is, and the end is awaited.
  static constexpr std::chrono::milliseconds force_time{500};

  ending() noexcept;
  ~ending();
  ending(const ending&) = delete;
  ending& operator=(const ending&) = delete;

  /// When nothing is waited for any more.
  clock::time_point until() const noexcept { return until_; }

  /// When that which can be is ended by force.
  clock::time_point force_at() const noexcept { return force_at_; }

  /// True if some of the time has gone, so that `turned` is to be called when a loop goes on.
  static bool has_waited() noexcept;

  /// The calling thread has begun something new.
  static void begin_anew() noexcept;

  /// The row of the calling thread, for `turned`.
  static std::uint64_t row() noexcept;

  /// A loop has taken a turn after an ending of this row, so the row is over. It may be the row of
  /// another thread: a strand changes threads.
  /// @thread Any.
  static void turned(std::uint64_t row) noexcept;

 private:
  const ending* const outer_;
  const clock::time_point begin_ = clock::now();
  clock::time_point until_;
  clock::time_point force_at_;
};

}  // namespace offstage
