#include "actors/worker/away_thread.h"

#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <system_error>
#include <utility>
#include <vector>

#include "actors/sync/mutex.h"
#include "actors/sync/process_mark.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds exit_time{2};

}  // namespace

// The threads of this process that end or have ended. Never destroyed, because threads may end
// after all else is gone; a copy of the process made by fork() has one of its own.
struct away_thread::departures {
  sync::process_mark process;
  sync::mutex mutex;
  sync::condition changed;
  std::size_t awaited OFFSTAGE_GUARDED_BY(mutex) = 0;
  std::vector<pthread_t> ended OFFSTAGE_GUARDED_BY(mutex);

  static departures& here();
  static void await() noexcept;
  std::vector<pthread_t> take_ended() {
    sync::lock held(mutex);
    return std::exchange(ended, {});
  }

  // Waits for the threads that were told to end and joins those that have ended.
  void settle() noexcept;

  static constinit std::atomic<departures*> instance;
};

constinit std::atomic<away_thread::departures*> away_thread::departures::instance{nullptr};

away_thread::departures& away_thread::departures::here() {
  auto* there = instance.load(std::memory_order_acquire);
  if (there != nullptr && there->process.is_this()) return *there;
  auto* const made = new departures;
  if (instance.compare_exchange_strong(there, made, std::memory_order_acq_rel)) return *made;
  delete made;
  return *there;
}

void away_thread::departures::settle() noexcept {
  const auto end = std::chrono::steady_clock::now() + exit_time;
  {
    sync::lock held(mutex);
    while (awaited != 0) {
      if (!changed.wait_until(held, end)) break;
    }
  }
  for (const auto each : take_ended()) {
    const auto left = end - std::chrono::steady_clock::now();
    timespec until{};
    clock_gettime(CLOCK_REALTIME, &until);
    const auto nanoseconds =
        until.tv_nsec + std::max<std::int64_t>(0, std::chrono::nanoseconds(left).count());
    until.tv_sec += nanoseconds / std::nano::den;
    until.tv_nsec = nanoseconds % std::nano::den;
    pthread_timedjoin_np(each, nullptr, &until);
  }
}

void away_thread::departures::await() noexcept {
  auto* const there = instance.load(std::memory_order_acquire);
  if (there != nullptr && there->process.is_this()) there->settle();
}

void away_thread::begin() {
  struct at_exit {
    ~at_exit() { departures::await(); }
  };
  departures::here();
  static const at_exit waits;
  add_ref();
  pthread_t thread;
  if (const int refused = pthread_create(&thread, nullptr, main, this); refused != 0) {
    release();
    throw std::system_error(refused, std::generic_category(), "a thread of the pool");
  }
}

void away_thread::will_end() noexcept {
  auto& all = departures::here();
  sync::lock held(all.mutex);
  if (ended_ || awaited_) return;
  awaited_ = true;
  ++all.awaited;
}

void* away_thread::main(void* started) {
  const auto self = ref<away_thread>::adopt(static_cast<away_thread*>(started));
  // Only the user's code may be cancelled.
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
  pthread_setname_np(pthread_self(), self->name_);
  try {
    self->run();
  } catch (abi::__forced_unwind&) {
    self->end();
    throw;
  }
  self->end();
  return nullptr;
}

void away_thread::end() {
  auto& all = departures::here();
  auto before = all.take_ended();
  // A thread that still destroys its thread_local objects is left for the next one.
  std::erase_if(before, [](pthread_t each) { return pthread_tryjoin_np(each, nullptr) != EBUSY; });
  before.push_back(pthread_self());
  sync::lock held(all.mutex);
  all.ended.insert(all.ended.end(), before.begin(), before.end());
  ended_ = true;
  if (awaited_) --all.awaited;
  all.changed.notify_all();
}

}  // namespace offstage
