#include "actors/worker/away_thread.h"

#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <system_error>
#include <utility>

#include "actors/sync/mutex.h"
#include "actors/sync/process_mark.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds exit_time{2};

// A thread does not say that it enters the user's code, so exit looks again.
constexpr std::chrono::milliseconds look_again_after{10};

}  // namespace

// What is left of a thread that has ended and was not joined; made when it begins, because its end
// is not to need memory.
struct away_thread::remains {
  pthread_t thread{};
  std::unique_ptr<remains> next;
};

// The threads of this process that end or have ended. Never destroyed, because threads may end
// after all else is gone; a copy of the process made by fork() has one of its own.
struct away_thread::departures {
  sync::process_mark process;
  sync::mutex mutex;
  sync::condition changed;
  away_thread* awaited OFFSTAGE_GUARDED_BY(mutex) = nullptr;
  std::unique_ptr<remains> ended OFFSTAGE_GUARDED_BY(mutex);

  static departures& here();
  static void await() noexcept;
  std::unique_ptr<remains> take_ended() {
    sync::lock held(mutex);
    return std::exchange(ended, nullptr);
  }

  void add(away_thread& which) noexcept OFFSTAGE_REQUIRES(mutex);
  void remove(away_thread& which) noexcept OFFSTAGE_REQUIRES(mutex);
  bool await_one() const noexcept OFFSTAGE_REQUIRES(mutex);

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

void away_thread::departures::add(away_thread& which) noexcept {
  which.awaited_ = true;
  which.next_ = awaited;
  if (awaited != nullptr) awaited->previous_ = &which;
  awaited = &which;
}

void away_thread::departures::remove(away_thread& which) noexcept {
  if (!std::exchange(which.awaited_, false)) return;
  (which.previous_ != nullptr ? which.previous_->next_ : awaited) = which.next_;
  if (which.next_ != nullptr) which.next_->previous_ = which.previous_;
  which.previous_ = which.next_ = nullptr;
}

// True while there is one that nothing of the user's keeps from ending.
bool away_thread::departures::await_one() const noexcept {
  for (const auto* each = awaited; each != nullptr; each = each->next_) {
    if (!each->in_users_code()) return true;
  }
  return false;
}

void away_thread::departures::settle() noexcept {
  const auto end = std::chrono::steady_clock::now() + exit_time;
  {
    sync::lock held(mutex);
    while (await_one()) {
      const auto now = std::chrono::steady_clock::now();
      if (now >= end) break;
      changed.wait_until(held, std::min(end, now + look_again_after));
    }
  }
  for (auto each = take_ended(); each; each = std::move(each->next)) {
    const auto left = end - std::chrono::steady_clock::now();
    timespec until{};
    clock_gettime(CLOCK_REALTIME, &until);
    const auto nanoseconds =
        until.tv_nsec + std::max<std::int64_t>(0, std::chrono::nanoseconds(left).count());
    until.tv_sec += nanoseconds / std::nano::den;
    until.tv_nsec = nanoseconds % std::nano::den;
    pthread_timedjoin_np(each->thread, nullptr, &until);
  }
}

void away_thread::departures::await() noexcept {
  auto* const there = instance.load(std::memory_order_acquire);
  if (there != nullptr && there->process.is_this()) there->settle();
}

away_thread::away_thread(const char* name) : name_(name), remains_(std::make_unique<remains>()) {}

away_thread::~away_thread() {
  // One that never began may have been told to end.
  if (!awaited_ || !process_.is_this()) return;
  auto& all = departures::here();
  sync::lock held(all.mutex);
  all.remove(*this);
}

void away_thread::begin() {
  struct at_exit {
    ~at_exit() { departures::await(); }
  };
  static_cast<void>(departures::here());  // The end of a thread is not to need memory.
  static const at_exit waits;
  add_ref();
  pthread_t thread;
  if (const int refused = pthread_create(&thread, nullptr, main, this); refused != 0) {
    release();
    throw std::system_error(refused, std::generic_category(), "a thread of the pool");
  }
}

void away_thread::will_end() noexcept {
  if (!process_.is_this()) return;  // A copy, made by fork(), does not have it.
  auto& all = departures::here();
  sync::lock held(all.mutex);
  if (!ended_ && !awaited_) all.add(*this);
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
  auto left = std::exchange(remains_, nullptr);
  left->thread = pthread_self();
  auto* last = &left->next;
  while (before) {
    auto next = std::exchange(before->next, nullptr);
    // A thread that still destroys its thread_local objects is left for the next one.
    if (pthread_tryjoin_np(before->thread, nullptr) == EBUSY) {
      *last = std::move(before);
      last = &(*last)->next;
    }
    before = std::move(next);
  }
  sync::lock held(all.mutex);
  *last = std::exchange(all.ended, nullptr);
  all.ended = std::move(left);
  ended_ = true;
  all.remove(*this);
  all.changed.notify_all();
}

}  // namespace offstage
