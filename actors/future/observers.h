// observers: the user's functions on one future or executor, in order.
//
// Question: who is told, and how does somebody stop being told?
// Zone:     home.
#pragma once

#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include "actors/future/callback.h"
#include "actors/ref/ref.h"

namespace offstage {

namespace detail {

// The part of an observer that a subscription can reach.
class observer_base : public counted {
 public:
  bool active = true;
};

// Says in the log that an observer threw.
void log_observer_threw(std::exception_ptr thrown) noexcept;

}  // namespace detail

/// The right to stop an observer from being called again. Dropping it changes nothing.
/// @thread Home.
class subscription {
 public:
  subscription() noexcept = default;
  explicit subscription(ref<detail::observer_base> to) noexcept : to_(std::move(to)) {}

  /// The observer is not called again; safe at any time, also from within the observer, also
  /// after the future or executor is gone.
  void disconnect() noexcept {
    if (to_) to_->active = false;
    to_ = nullptr;
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
class observers {
 public:
  using function = callback<Subjects...>;

  subscription add(Event event, function call) {
    ref<entry> added(new entry(std::move(event), std::move(call)));
    all_.push_back(added);
    return subscription(std::move(added));
  }

  bool empty() const noexcept { return all_.empty(); }

  /// True if somebody observes this event.
  bool any(const Event& event) const noexcept {
    for (const auto& each : all_) {
      if (each->active && each->event == event) return true;
    }
    return false;
  }

  /// Calls those of one event in the order of their registration. What they throw is logged and
  /// changes nothing for the others; those added meanwhile are not called.
  void notify(const Event& event, Subjects... subjects) {
    for (std::size_t i = 0, count = all_.size(); i < count && i < all_.size(); ++i) {
      // An observer may add or clear observers, so this one is held here.
      auto current = all_[i];
      if (!(current->event == event) || !current->active) continue;
      try {
        current->call(subjects...);
      } catch (...) {
        detail::log_observer_threw(std::current_exception());
      }
    }
  }

  /// Forgets all of them.
  void clear() noexcept {
    auto dropped = std::move(all_);
    all_.clear();
  }

 private:
  struct entry final : detail::observer_base {
    entry(Event on, function what) : event(std::move(on)), call(std::move(what)) {}
    const Event event;
    function call;
  };

  std::vector<ref<entry>> all_;
};

}  // namespace offstage
