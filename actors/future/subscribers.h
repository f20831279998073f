// subscribers: the actors that want to hear of something.
//
// Question: who is told, and who has gone?
// Zone:     home. Hears `subscribe` and `unsubscribe`, says each change to everybody on the list.
#pragma once

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/local_actor.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "actors/loop/calling_out.h"

namespace offstage {

class doorbell;

/// To be made before an actor is told something at home. An actor that is scheduled has a mailbox;
/// any other, and a companion, may do what it likes in the thread of whoever tells it.
/// @thread Home.
class [[nodiscard]] about_to_tell {
 public:
  /// @param home As `calling_out` takes it.
  about_to_tell(const caf::strong_actor_ptr& who, doorbell* home) {
    auto* const actor = caf::actor_cast<caf::abstract_actor*>(who);
    if (dynamic_cast<caf::local_actor*>(actor) == nullptr ||
        dynamic_cast<caf::actor_companion*>(actor) != nullptr) {
      now_.emplace(home);
    }
  }

 private:
  std::optional<calling_out> now_;
};

/// A list of actors, in the order in which they came; one that came twice is told twice.
///
/// An actor that has ended leaves the list at the next change that is told, or at the latest when
/// as many again have come as were there: so the list stays as short as the number of those who
/// live, and no actor carries anything for it.
///
/// @tparam Kept `caf::strong_actor_ptr` if who is on the list stays alive for it, or
///   `caf::weak_actor_ptr`.
/// @tparam News What they are told.
/// @tparam Part What is kept for each of them.
/// @thread Home.
template <class Kept, class News, class Part>
class subscribers {
 public:
  subscribers() = default;
  subscribers(const subscribers&) = delete;
  subscribers& operator=(const subscribers&) = delete;

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

  /// Calls `tell(actor, part, what)` for each who lives and was there when this was called. What it
  /// needs of the part it takes before it tells anything, because an actor that works in its
  /// sender's thread may change this list. News that comes in a loop which such an actor runs waits
  /// for the news before it: the others hear of that first.
  /// @param home As `calling_out` takes it.
  /// @errors What `tell` throws.
  template <class Tell>
  void each(doorbell* home, const News& what, const Tell& tell) {
    some_ended_ = false;
    {
      on_its_way now(*this, what);
      tell_left(home, now, tell);
    }
    if (some_ended_) drop_if([](const entry& each) { return !alive(each); });
  }

 private:
  struct entry {
    Kept who;
    Part part;
  };

  // News that not everybody has heard yet, where `each` was called.
  struct on_its_way {
    on_its_way(subscribers& to, const News& is) noexcept
        : of(to), what(is), last(to.entries_.size()), before(std::exchange(to.newest_, this)) {}
    ~on_its_way() { of.newest_ = before; }
    on_its_way(const on_its_way&) = delete;
    on_its_way& operator=(const on_its_way&) = delete;

    subscribers& of;
    const News& what;
    std::size_t next = 0;  // Who hears of it next.
    const std::size_t last;
    on_its_way* const before;  // Which an actor that was told interrupts.
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

  template <class Tell>
  void tell_left(doorbell* home, on_its_way& news, const Tell& tell) {
    if (news.before != nullptr) tell_left(home, *news.before, tell);
    while (news.next < news.last) {
      auto& each = entries_[news.next++];
      if (const auto who = alive(each)) {
        const about_to_tell now(who, home);
        tell(who, each.part, news.what);
      } else {
        some_ended_ = true;
      }
    }
  }

  template <class Which>
  void drop_if(const Which& which) {
    if (newest_ != nullptr) {
      // The others keep their numbers; what is empty counts as ended.
      std::vector<Kept> gone;
      for (auto& each : entries_) {
        if (which(each)) gone.push_back(std::exchange(each.who, nullptr));
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
  on_its_way* newest_ = nullptr;       // Null: nobody is being told.
  bool some_ended_ = false;            // As the last round has seen.
};

}  // namespace offstage
