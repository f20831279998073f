// node_machine: how far a worker process has come, as its parent sees it.
//
// Question: what does this mean, now that the worker has come so far?
// Zone:     pure. Hears what happened to the worker process, says what it means.
#pragma once

#include <cstdint>
#include <string_view>

namespace offstage {

/// The state machine of every worker process in its parent: a phase, and what the worker was
/// ordered to do.
/// @thread One at a time.
class node_machine {
 public:
  /// From its start to its end.
  enum class phase : std::uint8_t {
    introducing,  ///< It has said nothing yet.
    preparing,    ///< It knows its limit of memory, and runs its initializer.
    ready,        ///< It takes tasks.
    lane_lost,    ///< It has closed its lane; usually it is about to end.
    dismissed,    ///< We end it, and have a complaint; nothing it says is heard.
    unexplained,  ///< It has ended, and nobody has told how.
    left,         ///< It could not be ended, and is left alone.
    gone,         ///< It has ended.
  };

  /// What can happen.
  enum class input : std::uint8_t {
    introduced,             ///< Its handshake came; it has nothing to prepare.
    introduced_to_prepare,  ///< Its handshake came; it is told to prepare.
    prepared,               ///< Its answer to that came.
    said,                   ///< What only a worker that is ready may say came.
    complained_of,          ///< Something it did is a reason to end it.
    silent_too_long,        ///< It should have introduced itself by now.
    preparing_too_long,     ///< Its initializer should have ended by now.
    lane_closed,            ///< It has closed its lane.
    lane_lost_too_long,     ///< Its process should have ended after that by now.
    ended,                  ///< Its process has ended, and how is to be told yet.
    explained,              ///< Its process has ended, and how is known.
    unexplained_too_long,   ///< How it ended should have been told by now.
    not_to_be_ended,        ///< It cannot be ended.
    told_to_stop,           ///< We ask it to go when it has done what it has.
    killed,                 ///< We send it a signal.
  };

  /// What it means.
  enum class verdict : std::uint8_t {
    applied,  ///< The phase, or the order, is a new one.
    heard,    ///< What it says counts.
    dropped,  ///< It is too late for that, or no reason for anything.
    refused,  ///< A worker must not say this in this phase; nothing changed.
  };

  static constexpr int phase_count = 8;
  static constexpr int input_count = 15;

  /// Takes one input.
  verdict apply(input what) noexcept;

  phase now() const noexcept { return phase_; }

  /// True if its end is no surprise.
  bool told_to_stop() const noexcept {
    return orders_ == orders::stop || orders_ == orders::stop_and_kill;
  }

  /// True if a signal of ours came before its end.
  bool killed() const noexcept {
    return orders_ == orders::kill || orders_ == orders::stop_and_kill;
  }

  /// True if what is in its lane is of interest.
  bool hears() const noexcept {
    return phase_ == phase::introducing || phase_ == phase::preparing || phase_ == phase::ready;
  }

  /// True if the pool was told of its end.
  bool over() const noexcept { return phase_ == phase::left || phase_ == phase::gone; }

 private:
  enum class orders : std::uint8_t { none, stop, kill, stop_and_kill };

  verdict order(input what) noexcept;

  phase phase_ = phase::introducing;
  orders orders_ = orders::none;
};

/// The phase as words, e.g. "ready".
std::string_view to_string(node_machine::phase what) noexcept;

}  // namespace offstage
