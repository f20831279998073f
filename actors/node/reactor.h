// reactor: a thread that waits for descriptors and moments.
//
// Question: who reads what worker processes say?
// Zone:     away. Hears nodes, says `ready` to them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

namespace offstage {

/// Calls functions, one at a time, when descriptors are ready and moments have come; sleeps in
/// between. An exception that leaves one of them is logged, and nothing else follows from it.
/// @thread Any, unless said otherwise.
class reactor {
 public:
  using clock = std::chrono::steady_clock;

  /// @errors std::system_error; also if there can be no thread.
  explicit reactor(const char* thread_name);

  /// Calls nothing any more, and joins the thread. Within the thread it may be destroyed, too: the
  /// thread ends when the function that runs has returned.
  ~reactor();
  reactor(const reactor&) = delete;
  reactor& operator=(const reactor&) = delete;

  /// Calls `ready(events)`, of epoll(7), whenever the descriptor is; it may also be called without
  /// need.
  /// @errors std::system_error, and nothing is watched then.
  void watch(int number, std::uint32_t events, std::function<void(std::uint32_t)> ready);

  /// Other events for a descriptor that is watched. Returns the errno if that cannot be, and 0
  /// otherwise, also for one that is not watched any more.
  int watch_for(int number, std::uint32_t events) noexcept;

  /// Ends that; from within the thread, `ready` is not called any more afterwards.
  void forget(int number);

  /// Calls a function soon.
  void post(std::function<void()> function);

  /// Calls a function at a moment.
  void call_at(clock::time_point when, std::function<void()> function);

  /// True within its thread.
  bool here() const noexcept { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  struct state;

  const std::shared_ptr<state> shared_;  // With the thread, which may live on for a moment.
  std::thread thread_;
};

}  // namespace offstage
