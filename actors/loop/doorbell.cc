#include "actors/loop/doorbell.h"

#include <exception>
#include <thread>
#include <utility>

#include "actors/log/log.h"

namespace offstage {

// The functions given to call_soon.
class doorbell::calls final : public doorbell::source, public std::enable_shared_from_this<calls> {
 public:
  // Returns false if the loop takes no more.
  bool push(std::function<void()>& function) {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    waiting_.push_back(std::move(function));
    return true;
  }

  void close() {
    std::deque<std::function<void()>> dropped;
    std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(waiting_);
  }

  bool serve(doorbell& bell, doorbell::turn_limit& limit, std::size_t quantum) override {
    const std::shared_ptr<doorbell::source> self = shared_from_this();
    for (std::size_t served = 0;; ++served) {
      std::function<void()> function;
      bool more;
      {
        std::lock_guard lock(mutex_);
        if (waiting_.empty()) return false;
        if (served == quantum) return true;
        function = std::move(waiting_.front());
        waiting_.pop_front();
        more = !waiting_.empty();
      }
      bell.before_calling_out(more ? &self : nullptr);
      run(function);
      if (limit.reached(true)) return more;
    }
  }

 private:
  static void run(std::function<void()>& function) {
    try {
      function();
    } catch (const std::exception& error) {
      log::line(log_room::loop, log_level::error, "a function given to call_soon threw: {}",
                error.what());
    } catch (...) {
      log::line(log_room::loop, log_level::error,
                "a function given to call_soon threw something that is no std::exception");
    }
  }

  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;
  bool closed_ = false;
};

bool doorbell::turn_limit::reached(bool called_out) {
  if (over_) return true;
  if (called_out || ++quiet_ % 32 == 0) look_at_clock(called_out);
  if (until_ != nullptr && (*until_)()) over_ = satisfied_ = true;
  return over_;
}

void doorbell::turn_limit::look_at_clock(bool called_out) {
  const auto now = clock::now();
  over_ = now >= deadline_;
  // Where turns were taken meanwhile (a nested loop), home was not stuck.
  const bool alone = std::exchange(turns_, bell_.turns_) == bell_.turns_;
  if (called_out && alone && now - last_ >= slow_at_home) {
    log::line(log_room::loop, log_level::info, "an observer kept its loop from going on for {} ms",
              std::chrono::duration_cast<std::chrono::milliseconds>(now - last_).count());
  }
  last_ = now;
}

void doorbell::make_calls() { calls_ = std::make_shared<calls>(); }

void doorbell::call_soon(std::function<void()> function) {
  if (calls_->push(function)) ring(calls_);
}

void doorbell::queue(const std::shared_ptr<source>& who) {
  bool first;
  {
    std::lock_guard lock(mutex_);
    if (closed()) return;
    if (who->queued_.exchange(true, std::memory_order_relaxed)) return;
    ready_.push_back(who);
    ready_count_.store(ready_.size(), std::memory_order_relaxed);
    first = !std::exchange(rung_, true);
  }
  if (home_.here()) expect_turn();
  if (first) wake();
}

std::shared_ptr<doorbell::source> doorbell::next() {
  std::lock_guard lock(mutex_);
  if (ready_.empty()) return nullptr;
  auto who = std::move(ready_.front());
  ready_.pop_front();
  ready_count_.store(ready_.size(), std::memory_order_relaxed);
  // Cleared before the source is asked: what is put there from now on rings again.
  who->queued_.store(false, std::memory_order_relaxed);
  return who;
}

bool doorbell::turn(const std::function<bool()>* until) {
  affinity::scope at_home(home_);
  ++turns_;
  turn_limit limit(*this, until);
  {
    std::lock_guard lock(mutex_);
    rung_ = false;
  }
  armed_ = false;
  const bool expected = std::exchange(turn_expected_, false);
  while (!limit.over_) {
    auto who = next();
    if (!who) break;
    if (who->serve(*this, limit, quantum)) ring(who);
  }
  if (!armed_ && ready_count_.load(std::memory_order_relaxed) != 0) arm();
  if (expected) release();
  return limit.satisfied_;
}

void doorbell::arm() {
  armed_ = true;
  bool first;
  {
    std::lock_guard lock(mutex_);
    first = !std::exchange(rung_, true);
  }
  if (!first) return;
  expect_turn();
  wake();
}

void doorbell::hold() noexcept {
  if (holds_++ == 0 && !closed()) wires_.keep_running(true);
}

void doorbell::release() noexcept {
  if (--holds_ == 0 && !closed()) wires_.keep_running(false);
}

void doorbell::expect_turn() noexcept {
  if (!std::exchange(turn_expected_, true)) hold();
}

void doorbell::wake() noexcept {
  // The loop may be destroyed at any moment: `close` waits for the wake-ups counted here.
  if ((gate_.fetch_add(1, std::memory_order_acq_rel) & gone) == 0) wires_.wake();
  gate_.fetch_sub(1, std::memory_order_release);
}

void doorbell::close() noexcept {
  gate_.fetch_or(gone, std::memory_order_acq_rel);
  // A wake-up is a few instructions and never blocks.
  while ((gate_.load(std::memory_order_acquire) & ~gone) != 0) std::this_thread::yield();
  calls_->close();
  // A source may hold this doorbell, so none of them is kept.
  std::deque<std::shared_ptr<source>> dropped;
  std::lock_guard lock(mutex_);
  dropped.swap(ready_);
  ready_count_.store(0, std::memory_order_relaxed);
}

}  // namespace offstage
