// reactor: a thread that waits for descriptors and moments.
//
// Question: who reads what worker processes say?
// Zone:     away. Hears nodes, says `ready` to them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "actors/node/child_process.h"

namespace offstage {

/// Calls functions, one at a time, when descriptors are ready and moments have come; sleeps in
/// between.
/// @thread Any, unless said otherwise.
class reactor {
 public:
  using clock = std::chrono::steady_clock;

  /// @errors std::system_error.
  explicit reactor(const char* thread_name);

  /// Calls nothing any more, and joins the thread; not from within it.
  ~reactor();
  reactor(const reactor&) = delete;
  reactor& operator=(const reactor&) = delete;

  /// Calls `ready(events)`, of epoll(7), whenever the descriptor is; it may also be called without
  /// need.
  void watch(int number, std::uint32_t events, std::function<void(std::uint32_t)> ready);

  /// Other events for a descriptor that is watched.
  void watch_for(int number, std::uint32_t events);

  /// Ends that; from within the thread, `ready` is not called any more afterwards.
  void forget(int number);

  /// Calls a function soon.
  void post(std::function<void()> function);

  /// Calls a function at a moment.
  void call_at(clock::time_point when, std::function<void()> function);

  /// True within its thread.
  bool here() const noexcept { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void run(const char* name);
  void run_due();
  int milliseconds_left();
  void wake();

  const descriptor poll_;
  const descriptor wake_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::unordered_map<int, std::shared_ptr<std::function<void(std::uint32_t)>>> watched_;
  std::vector<std::function<void()>> posted_;
  std::multimap<clock::time_point, std::function<void()>> due_;
  std::thread thread_;
};

}  // namespace offstage
