// home_queue: what other threads leave for home, in order.
//
// Question: how do things of many threads get home with a short lock and without being forgotten?
// Zone:     border. Hears `push` from any thread, is emptied at home.
#pragma once

#include <cstddef>
#include <deque>
#include <new>
#include <optional>
#include <utility>

#include "actors/loop/deadline.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// A queue in two parts: what is arriving, under a mutex, and what home has fetched.
///
/// Home fetches everything that has arrived before it takes anything out. So after a `fetch()`
/// what is not in home's part has arrived later, and whoever pushed it rings after that.
template <class T>
class home_queue {
 public:
  /// Puts one in at the end; returns false, and leaves `value` as it is, once closed.
  /// @thread Any.
  bool push(T& value) OFFSTAGE_EXCLUDES(mutex_) {
    bool waited_for;
    {
      sync::lock held(mutex_);
      if (closed_) return false;
      arriving_.push_back(std::move(value));
      waited_for = waited_for_;
    }
    if (waited_for) arrived_.notify_one();
    return true;
  }

  /// Takes over what has arrived.
  /// @thread Home.
  void fetch() OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    if (fetched_.empty()) {
      fetched_.swap(arriving_);
      return;
    }
    try {
      for (; !arriving_.empty(); arriving_.pop_front()) {
        fetched_.push_back(std::move(arriving_.front()));
      }
    } catch (const std::bad_alloc&) {
      // The rest is fetched later: what was fetched before keeps this queue in the line.
    }
  }

  /// True if something is left that was fetched.
  /// @thread Home.
  bool has_fetched() const noexcept { return !fetched_.empty(); }

  /// Takes the first one out, which a nested call then does not see.
  /// @thread Home.
  std::optional<T> take() {
    if (fetched_.empty()) fetch();
    if (fetched_.empty()) return std::nullopt;
    std::optional<T> first(std::move(fetched_.front()));
    fetched_.pop_front();
    return first;
  }

  /// Waits until something is there, or the deadline (none: for ever), or it is closed.
  /// @thread Home.
  void wait(deadline end) OFFSTAGE_EXCLUDES(mutex_) {
    if (!fetched_.empty()) return;
    sync::lock held(mutex_);
    waited_for_ = true;
    while (arriving_.empty() && !closed_ && arrived_.wait_until(held, end)) {
    }
    waited_for_ = false;
  }

  /// How many are there now.
  /// @thread Home.
  std::size_t size() OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    return fetched_.size() + arriving_.size();
  }

  /// Keeps everybody from pushing and from fetching until `let_go`, in the same thread.
  void hold() noexcept OFFSTAGE_ANNOTATION(no_thread_safety_analysis) { mutex_.lock(); }
  void let_go() noexcept OFFSTAGE_ANNOTATION(no_thread_safety_analysis) { mutex_.unlock(); }

  /// Takes no more; returns what is there.
  /// @thread Home.
  std::deque<T> close() OFFSTAGE_EXCLUDES(mutex_) {
    {
      sync::lock held(mutex_);
      closed_ = true;
      for (auto& each : arriving_) fetched_.push_back(std::move(each));
      arriving_.clear();
    }
    arrived_.notify_one();
    return std::exchange(fetched_, {});
  }

 private:
  sync::mutex mutex_;
  sync::condition arrived_;
  std::deque<T> arriving_ OFFSTAGE_GUARDED_BY(mutex_);
  bool waited_for_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  bool closed_ OFFSTAGE_GUARDED_BY(mutex_) = false;

  std::deque<T> fetched_;  // Home's.
};

}  // namespace offstage
