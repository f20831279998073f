// observers: the user's functions on one future or executor, in order.
//
// Question: who is told, and how does somebody stop being told?
// Zone:     home.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/loop/callback.h"
#include "actors/ref/ref.h"

namespace offstage {

namespace detail {

class observer_list_base;

// The part of an observer that a subscription can reach.
class observer_base : public counted {
 public:
  /// True while it may be called.
  bool active() const noexcept { return list_ != nullptr; }

  /// The place in the order of registration, from 1.
  std::uint64_t number() const noexcept { return number_; }

  /// It is not called again; its function is destroyed now, or when the call that runs has
  /// returned.
  void disconnect() noexcept;

 protected:
  virtual void drop_function() noexcept = 0;

  // While it lives, the function is being called.
  class running {
   public:
    explicit running(observer_base& which) noexcept : which_(which) { ++which_.calls_; }
    ~running() {
      if (--which_.calls_ == 0 && !which_.active()) which_.drop_function();
    }
    running(const running&) = delete;
    running& operator=(const running&) = delete;

   private:
    observer_base& which_;
  };

 private:
  friend class observer_list_base;

  observer_list_base* list_ = nullptr;  // Null once disconnected.
  std::uint64_t number_ = 0;
  unsigned calls_ = 0;  // Under way; more than one where a nested loop calls it again.
};

// The observers of one thing, of any type.
class observer_list_base {
 public:
  observer_list_base() noexcept = default;
  observer_list_base(const observer_list_base&) = delete;
  observer_list_base& operator=(const observer_list_base&) = delete;

  bool empty() const noexcept { return all_.size() == gone_; }

  /// True if there are two at least.
  bool several() const noexcept { return all_.size() - gone_ > 1; }

  /// The number of the one that was added last; 0 if there was none.
  std::uint64_t newest() const noexcept { return last_number_; }

  /// Forgets all of them.
  void clear() noexcept;

 protected:
  ~observer_list_base() { clear(); }

  void add(ref<observer_base> added);

  // The first one that was added after number `after`; null if there is none.
  observer_base* next(std::uint64_t after) const noexcept;

 private:
  friend class observer_base;

  void lost_one() noexcept;

  std::vector<ref<observer_base>> all_;  // By number.
  std::size_t gone_ = 0;                 // How many of them are disconnected.
  std::uint64_t last_number_ = 0;
};

// Logs that an observer threw.
void log_observer_threw(std::exception_ptr thrown) noexcept;

}  // namespace detail

/// The right to stop an observer from being called again. Dropping it changes nothing.
/// @thread Home.
class subscription {
 public:
  subscription() noexcept = default;
  explicit subscription(ref<detail::observer_base> to) noexcept : to_(std::move(to)) {}

  /// The observer is not called again, and destroyed with what it captured: now, or when the call
  /// of it that is under way returns. Safe at any time, also from within the observer, also after
  /// the future or executor is gone.
  void disconnect() noexcept {
    if (const auto to = std::exchange(to_, nullptr)) to->disconnect();
  }

 private:
  ref<detail::observer_base> to_;
};

/// A subscription that ends with its scope: for a window, say, whose observers must not be called
/// when it is gone. Keep it where what the observer refers to is kept.
/// @thread Home.
class [[nodiscard]] scoped_subscription {
 public:
  scoped_subscription() noexcept = default;
  scoped_subscription(subscription held) noexcept : held_(std::move(held)) {}
  scoped_subscription(scoped_subscription&& other) noexcept
      : held_(std::exchange(other.held_, subscription())) {}
  scoped_subscription& operator=(scoped_subscription&& other) noexcept {
    if (this == &other) return *this;
    held_.disconnect();
    held_ = std::exchange(other.held_, subscription());
    return *this;
  }
  ~scoped_subscription() { held_.disconnect(); }

 private:
  subscription held_;
};

/// Observers of several events of one thing; `Subjects` are what they are given.
/// @thread Home.
template <class Event, class... Subjects>
class observers final : public detail::observer_list_base {
 public:
  using function = callback<Subjects...>;

  subscription add(Event event, function call) {
    ref<entry> added(new entry(std::move(event), std::move(call)));
    observer_list_base::add(added);
    return subscription(std::move(added));
  }

  /// True if somebody observes this event.
  bool any(const Event& event) const noexcept { return next_of(event, 0) != nullptr; }

  /// Calls those of one event in the order of their registration. What they throw is logged and
  /// changes nothing for the others; those added meanwhile are not called. An event that comes in a
  /// nested loop of an observer waits for those before it: the other observers hear of these first.
  /// The list may be gone afterwards, unless the caller keeps it.
  /// @param home The doorbell of the home that calls; null without a loop.
  void notify(doorbell* home, const Event& event, Subjects... subjects) {
    notice now{event, {subjects...}, newest(), 0, newest_notice_};
    newest_notice_ = &now;
    tell_all(home, &now);
    newest_notice_ = now.before;
  }

  /// True while an event is on its way to observers.
  bool notifying() const noexcept { return newest_notice_ != nullptr; }

  /// Calls those that are left to be called for events on their way, from within an observer.
  void go_on(doorbell* home) { tell_all(home, newest_notice_); }

  /// How many `tell_next` has to call yet, counted up to two.
  int left(const Event& event, std::uint64_t told, std::uint64_t last) const noexcept {
    const auto* const next = next_of(event, told);
    if (next == nullptr || next->number() > last) return 0;
    const auto* const after = next_of(event, next->number());
    return after == nullptr || after->number() > last ? 1 : 2;
  }

  /// Calls the next one of an event: the first one after number `told`, up to number `last`.
  /// Returns false if there is none.
  bool tell_next(doorbell* home, const Event& event, std::uint64_t& told, std::uint64_t last,
                 Subjects... subjects) {
    // The observer may remove itself, so it is held here.
    const ref<entry> next(next_of(event, told));
    if (!next || next->number() > last) return false;
    told = next->number();
    next->tell(home, subjects...);
    return true;
  }

 private:
  struct entry final : detail::observer_base {
    entry(Event on, function what) : event(std::move(on)), call(std::move(what)) {}

    void tell(doorbell* home, Subjects... subjects) noexcept {
      const calling_out now(home);
      const running until_it_returns(*this);
      try {
        call(now, subjects...);
      } catch (...) {
        detail::log_observer_threw(std::current_exception());
      }
    }

    void drop_function() noexcept override { function dropped = std::move(call); }

    const Event event;
    function call;
  };

  // An event on its way, where `notify` was called.
  struct notice {
    const Event& event;
    const std::tuple<Subjects...> subjects;
    const std::uint64_t last;
    std::uint64_t told;
    notice* const before;  // Which an observer of interrupts.
  };

  void tell_all(doorbell* home, notice* which) {
    if (which == nullptr) return;
    tell_all(home, which->before);
    const auto next = [&](Subjects... subjects) {
      return tell_next(home, which->event, which->told, which->last, subjects...);
    };
    while (std::apply(next, which->subjects)) {
    }
  }

  entry* next_of(const Event& event, std::uint64_t after) const noexcept {
    for (auto* at = next(after); at != nullptr; at = next(at->number())) {
      auto* const found = static_cast<entry*>(at);
      if (found->event == event) return found;
    }
    return nullptr;
  }

  notice* newest_notice_ = nullptr;
};

/// The changes of one thing on their way to its observers: each of them hears each change once, in
/// the order of the changes, also when an observer makes the next change.
///
/// A change that is made while observers are being told is told when they have been told of the one
/// before. A nested loop in an observer goes on with it: `tell` may be called again at any time.
/// @thread Home.
template <class Event, class Value>
class change_line {
 public:
  /// @errors std::bad_alloc; none later, while no more than `changes_max` were added.
  change_line() { changes_.reserve(changes_max); }

  /// So many changes has a future or an executor at most. They are 120 bytes: the C library gets
  /// and frees larger blocks with more trouble.
  static constexpr std::size_t changes_max = 5;

  /// A change that is not told yet.
  struct change {
    std::uint64_t told = 0;  ///< The last observer that was told.
    std::uint64_t last = 0;  ///< The last one that is to be told, once the first was.
    Event event;
    Value value;  ///< What it is since then.
    bool begun = false;
  };

  bool empty() const noexcept { return first_ == changes_.size(); }

  void add(Event event, Value value) { changes_.push_back({0, 0, event, std::move(value)}); }

  /// True if an observer of this event that is added now is still to hear of a change.
  bool will_tell(const Event& event) const noexcept {
    for (auto i = first_; i < changes_.size(); ++i) {
      if (!changes_[i].begun && changes_[i].event == event) return true;
    }
    return false;
  }

  /// True while an observer is being told.
  bool telling() const noexcept { return telling_ != 0; }

  /// True if a change after the one that is told now has an observer, as `any(event)` says.
  template <class Any>
  bool is_followed(const Any& any) const {
    for (auto i = first_ + 1; i < changes_.size(); ++i) {
      if (any(changes_[i].event)) return true;
    }
    return false;
  }

  /// Tells all that is left; `call(change)` tells the next observer of that change, and returns
  /// false if there is none.
  /// @param newest Returns the number of the newest observer.
  template <class Newest, class Call>
  void tell(const Newest& newest, const Call& call) {
    ++telling_;
    while (!empty()) {
      // Other changes may be added meanwhile, and a nested call may be further on afterwards.
      const auto place = first_;
      auto& front = changes_[place];
      if (!std::exchange(front.begun, true)) front.last = newest();
      if (!call(front) && place == first_) ++first_;
    }
    if (--telling_ == 0) {
      changes_.clear();
      first_ = 0;
    }
  }

 private:
  std::vector<change> changes_;
  std::size_t first_ = 0;
  unsigned telling_ = 0;
};

}  // namespace offstage
