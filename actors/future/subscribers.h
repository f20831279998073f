// subscribers: the actors that want to hear of something.
//
// Question: who is told, and who has gone?
// Zone:     home. Hears `subscribe` and `unsubscribe`, says each change to everybody on the list.
#pragma once

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace offstage {

/// A list of actors, in the order in which they came; one that came twice is told twice.
///
/// An actor that has ended leaves the list at the next change that is told, or at the latest when
/// as many again have come as were there: so the list stays as short as the number of those who
/// live, and no actor carries anything for it.
///
/// @tparam Kept `caf::strong_actor_ptr` if who is on the list stays alive for it, or
///   `caf::weak_actor_ptr`.
/// @tparam Part What is kept for each of them.
/// @thread Home.
template <class Kept, class Part>
class subscribers {
 public:
  bool empty() const noexcept { return entries_.empty(); }

  /// How many are on the list.
  std::size_t size() const noexcept { return entries_.size(); }

  /// Puts an actor on the list.
  void add(const caf::actor& who, Part part = {}) {
    if (entries_.size() >= look_at_) {
      drop_if([](const entry& each) { return !alive(each); });
      look_at_ = std::max(look_at_min, 2 * entries_.size());
    }
    entries_.push_back({caf::actor_cast<Kept>(who), std::move(part)});
  }

  /// Takes an actor off the list, however often it is there.
  void remove(const caf::actor& who) {
    const auto* const which = caf::actor_cast<caf::actor_control_block*>(who);
    drop_if([which](const entry& each) { return each.who.get() == which; });
  }

  /// Calls `tell(actor, part)` for each who lives. What it needs of the part it takes before it
  /// tells anything, because an actor that works in its sender's thread may change this list.
  template <class Tell>
  void each(Tell&& tell) {
    bool some_ended = false;
    {
      const counted_call now(telling_);
      for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (const auto who = alive(entries_[i])) {
          tell(who, entries_[i].part);
        } else {
          some_ended = true;
        }
      }
    }
    if (some_ended) drop_if([](const entry& each) { return !alive(each); });
  }

 private:
  struct entry {
    Kept who;
    Part part;
  };

  struct counted_call {
    explicit counted_call(int& calls) noexcept : calls_(calls) { ++calls_; }
    ~counted_call() { --calls_; }
    int& calls_;
  };

  static constexpr std::size_t look_at_min = 16;

  static caf::strong_actor_ptr lock(const caf::strong_actor_ptr& kept) { return kept; }
  static caf::strong_actor_ptr lock(const caf::weak_actor_ptr& kept) { return kept.lock(); }

  // The actor; null if it has ended, whoever still holds it.
  static caf::strong_actor_ptr alive(const entry& which) {
    auto out = lock(which.who);
    if (out && out->get()->getf(caf::abstract_actor::is_terminated_flag)) return nullptr;
    return out;
  }

  template <class Which>
  void drop_if(const Which& which) {
    if (telling_ != 0) {
      // The others keep their numbers; what is empty counts as ended.
      for (auto& each : entries_) {
        if (which(each)) each.who.reset();
      }
      return;
    }
    // What goes is destroyed when the list is whole again: an actor that goes with it may do
    // anything, too.
    const auto first = std::stable_partition(entries_.begin(), entries_.end(),
                                             [&](const entry& each) { return !which(each); });
    const std::vector<entry> gone(std::make_move_iterator(first),
                                  std::make_move_iterator(entries_.end()));
    entries_.erase(first, entries_.end());
  }

  std::vector<entry> entries_;
  std::size_t look_at_ = look_at_min;  // So many, and those who have ended are looked for.
  int telling_ = 0;                    // Calls of `each` under way.
};

}  // namespace offstage
