// event: a flag that tasks and home share and can wait for.
//
// Question: how do a task and somebody else tell each other "now"?
// Zone:     border. Used from any thread.
#pragma once

#include <memory>
#include <utility>

#include "actors/loop/deadline.h"
#include "messages/codec/codec.h"

namespace offstage {

/// What is behind an event; a context makes its own kind.
/// @thread Any.
class event_state {
 public:
  virtual ~event_state() = default;

  /// Raises the flag and releases everybody who waits.
  virtual void set() = 0;

  /// Lowers the flag.
  virtual void clear() = 0;

  /// True if the flag is up.
  virtual bool is_set() const = 0;

  /// Waits until it is set, or `limit` has passed; returns whether it is set.
  virtual bool wait(time_limit limit) const = 0;

  /// Writes which event it is, for a task in another process.
  /// @errors not_transferable unless it is an event between processes; the default.
  virtual void encode(byte_writer& writer) const;
};

/// A flag made by a context, which its tasks may be given as an argument. Copies are the same flag.
///
/// Setting it releases everybody who waits; what was written before `set()` is visible after
/// `wait()` and `is_set()`. Waiting at home keeps the loop from running.
/// @thread Any.
class event {
 public:
  /// The event behind which `state` is, which contexts make.
  /// @errors None; `state` must not be null.
  explicit event(std::shared_ptr<event_state> state) noexcept : state_(std::move(state)) {}

  /// The same flag. There is no move, so that none is ever without a flag.
  event(const event& other) = default;
  /// The other's flag from now on.
  event& operator=(const event& other) = default;

  /// Raises the flag and releases everybody who waits.
  void set() const { state_->set(); }

  /// Lowers the flag.
  void clear() const { state_->clear(); }

  /// True if the flag is up.
  bool is_set() const { return state_->is_set(); }

  /// Waits until it is set.
  void wait() const { state_->wait(std::nullopt); }

  /// Waits until it is set or `limit` has passed; zero or less does not wait. Returns whether it
  /// is set.
  bool wait_for(time_limit limit) const { return state_->wait(limit); }

 private:
  friend struct codec<event>;

  std::shared_ptr<event_state> state_;
};

/// Events of multiprocessing_context cross to its tasks; the parent keeps the flag for as long as
/// it holds the event or the task.
template <>
struct codec<event> : codec_detail::built_in_codec {
  static constexpr bool quiet = true;

  /// Writes which event it is.
  /// @errors not_transferable unless multiprocessing_context made it, in this process.
  static void encode(byte_writer& writer, const event& value);

  /// In a worker process: the parent's event.
  /// @errors codec_error if there is none.
  static event decode(byte_reader& reader);
};

}  // namespace offstage
