// mutex: the locks of the library, which the second compiler checks.
//
// Question: who may touch what several threads share, and when?
// Zone:     border. Every room that shares data between threads uses it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "messages/durations.h"

// What clang's analysis of capabilities reads (`tools/test --config=clang`); other compilers read
// nothing.
#if defined(__clang__)
#define OFFSTAGE_ANNOTATION(text) __attribute__((text))
#else
#define OFFSTAGE_ANNOTATION(text)
#endif

/// A member that is read and written only while this mutex is held.
#define OFFSTAGE_GUARDED_BY(mutex) OFFSTAGE_ANNOTATION(guarded_by(mutex))
/// A function that is called only while this mutex is held.
#define OFFSTAGE_REQUIRES(...) OFFSTAGE_ANNOTATION(requires_capability(__VA_ARGS__))
/// A function that is called only while this mutex is not held: it takes it, or runs the user's
/// code.
#define OFFSTAGE_EXCLUDES(...) OFFSTAGE_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace offstage::sync {

/// A mutex that may not be held while the user's code runs.
/// @thread Any.
class OFFSTAGE_ANNOTATION(capability("mutex")) mutex {
 public:
  constexpr mutex() noexcept = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  void lock() OFFSTAGE_ANNOTATION(acquire_capability()) {
    held_.lock();
    ++held_by_this_thread_;
  }

  void unlock() OFFSTAGE_ANNOTATION(release_capability()) {
    --held_by_this_thread_;
    held_.unlock();
  }

  /// How many mutexes the calling thread holds.
  static int held_by_this_thread() noexcept { return held_by_this_thread_; }

 private:
  friend class condition;

  std::mutex held_;
  static inline thread_local constinit int held_by_this_thread_ = 0;
};

/// Holds a mutex for a scope; may let go of it in between.
class OFFSTAGE_ANNOTATION(scoped_lockable) lock {
 public:
  explicit lock(mutex& of) OFFSTAGE_ANNOTATION(acquire_capability(of)) : of_(of) { of_.lock(); }
  ~lock() OFFSTAGE_ANNOTATION(release_capability()) {
    if (held_) of_.unlock();
  }
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

  /// Lets go of the mutex before the scope ends.
  void release() OFFSTAGE_ANNOTATION(release_capability()) {
    held_ = false;
    of_.unlock();
  }

  /// Takes the mutex again after `release()`.
  void reacquire() OFFSTAGE_ANNOTATION(acquire_capability()) {
    of_.lock();
    held_ = true;
  }

 private:
  friend class condition;

  mutex& of_;
  bool held_ = true;
};

/// Something that threads wait for while they hold a mutex. Waits may end early, so the caller asks
/// again in a loop:
///
///     lock held(mutex_);
///     while (!ready_) became_ready_.wait(held);
class condition {
 public:
  condition() = default;
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  /// Waits with the mutex released, and holds it again when this returns.
  void wait(lock& held) {
    native native_lock(held);
    changed_.wait(native_lock.held);
  }

  /// The same until `end` at most; without one for ever.
  /// @returns False when the moment has come.
  bool wait_until(lock& held, std::optional<std::chrono::steady_clock::time_point> end) {
    native native_lock(held);
    if (end) return changed_.wait_until(native_lock.held, *end) == std::cv_status::no_timeout;
    changed_.wait(native_lock.held);
    return true;
  }

  void notify_one() noexcept { changed_.notify_one(); }
  void notify_all() noexcept { changed_.notify_all(); }

 private:
  // The mutex as the standard's condition variable wants it.
  struct native {
    explicit native(lock& from) : held(from.of_.held_, std::adopt_lock) {}
    ~native() { held.release(); }
    std::unique_lock<std::mutex> held;
  };

  std::condition_variable changed_;
};

}  // namespace offstage::sync
