#include "actors/loop/doorbell.h"

#include <cassert>
#include <exception>
#include <thread>
#include <utility>

#include "actors/log/log.h"
#include "actors/loop/home_queue.h"
#include "actors/sync/closed_to_cancel.h"

namespace offstage {

// The functions given to call_soon.
class doorbell::calls final : public doorbell::source {
 public:
  explicit calls(doorbell& bell) noexcept : bell_(bell) {}

  // Returns false if the loop takes no more.
  bool push(callback<>& function) { return waiting_.push(function); }

  void close() { waiting_.close(); }

  home_queue<callback<>>& queue() noexcept { return waiting_; }

  void serve(doorbell::turn_limit& limit, std::size_t quantum) override {
    waiting_.fetch();
    for (std::size_t served = 0; served < quantum && waiting_.has_fetched(); ++served) {
      auto function = waiting_.take();
      const calling_out now(&bell_);
      run(*function, now);
      function.reset();
      if (limit.reached()) return;
    }
  }

  bool has_more() const noexcept override { return waiting_.has_fetched(); }

 private:
  static void run(callback<>& function, const calling_out& now) noexcept {
    try {
      function(now);
    } catch (const std::exception& error) {
      log::line(log_room::loop, log_level::error, "a function given to call_soon threw: {}",
                error.what());
    } catch (...) {
      log::line(log_room::loop, log_level::error,
                "a function given to call_soon threw something that is no std::exception");
    }
  }

  doorbell& bell_;  // Which owns this.
  home_queue<callback<>> waiting_;
};

calling_out::calling_out(doorbell* at) noexcept {
  // A mutex that is held here would be held while the user's code does what it likes.
  assert(sync::mutex::held_by_this_thread() == 0);
  if (at != nullptr) at->prepare_calling_out();
}

bool doorbell::turn_limit::reached() {
  if (over_) return true;
  const bool called_out = std::exchange(bell_.called_out_, false);
  if (called_out || ++quiet_ % 32 == 0) look_at_clock(called_out);
  if (until_ == nullptr) return over_;
  // A condition may run a loop of the toolkit's, as an observer may.
  bell_.leave_nothing_behind();
  if ((*until_)()) over_ = satisfied_ = true;
  return over_;
}

void doorbell::turn_limit::look_at_clock(bool called_out) {
  const auto now = clock::now();
  over_ = deadline_ && now >= *deadline_;
  // Where turns were taken meanwhile (a nested loop), home was not stuck.
  const bool alone = std::exchange(turns_, bell_.turns_) == bell_.turns_;
  if (called_out && alone && now - last_ >= slow_at_home) {
    log::line(log_room::loop, log_level::info, "an observer kept its loop from going on for {} ms",
              std::chrono::duration_cast<std::chrono::milliseconds>(now - last_).count());
  }
  last_ = now;
}

void doorbell::make_calls() {
  calls_ = std::make_shared<calls>(*this);
  over_fork_.emplace(this, hold_over_fork, let_go_after_fork);
}

// A copy of the process uses its loops, or at least destroys them.
void doorbell::hold_over_fork(void* bell) noexcept OFFSTAGE_ANNOTATION(no_thread_safety_analysis) {
  auto& self = *static_cast<doorbell*>(bell);
  self.calls_->queue().hold();
  self.mutex_.lock();
}

void doorbell::let_go_after_fork(void* bell) noexcept
    OFFSTAGE_ANNOTATION(no_thread_safety_analysis) {
  auto& self = *static_cast<doorbell*>(bell);
  self.mutex_.unlock();
  self.calls_->queue().let_go();
}

bool doorbell::call_soon(callback<> function) {
  if (!calls_->push(function)) return false;
  ring(*calls_);
  return true;
}

void doorbell::call_next_turn(callback<> function) {
  if (closed()) return;
  next_turn_.push_back(std::move(function));
  if (!armed_) arm();
}

void doorbell::queue(source& who) noexcept {
  bool first;
  {
    sync::lock held(mutex_);
    if (closed()) return;
    if (who.queued_.exchange(true, std::memory_order_relaxed)) return;
    auto kept = who.shared_from_this();
    (first_ ? last_->behind_ : first_) = std::move(kept);
    last_ = &who;
    ready_.store(true, std::memory_order_relaxed);
    first = !std::exchange(rung_, true);
  }
  if (home_.here()) expect_turn();
  if (first) wake();
}

std::shared_ptr<doorbell::source> doorbell::next() noexcept {
  sync::lock held(mutex_);
  auto who = std::move(first_);
  if (!who) return nullptr;
  first_ = std::move(who->behind_);
  ready_.store(first_ != nullptr, std::memory_order_relaxed);
  // Cleared before the source fetches: what is put there later rings again.
  who->queued_.store(false, std::memory_order_relaxed);
  return who;
}

bool doorbell::turn(const std::function<bool()>* until) {
  affinity::scope at_home(home_);
  ++turns_;
  called_out_ = false;
  // Before the wake-up that is under way for them counts as used: no other one is needed.
  for (auto& each : std::exchange(next_turn_, {})) call_soon(std::move(each));
  turn_limit limit(*this, until);
  {
    sync::lock held(mutex_);
    rung_ = false;
  }
  armed_ = false;
  const bool expected = std::exchange(turn_expected_, false);
  while (!limit.over_) {
    const auto who = next();
    if (!who) break;
    const serving now(*this, *who);
    who->serve(limit, quantum);
  }
  if (!armed_ && ready_.load(std::memory_order_relaxed)) arm();
  if (expected) release();
  // A turn that this one is nested in has called out.
  called_out_ = true;
  return limit.satisfied_;
}

void doorbell::prepare_calling_out() noexcept {
  called_out_ = true;
  leave_nothing_behind();
}

void doorbell::leave_nothing_behind() noexcept {
  for (auto* each = innermost_; each != nullptr; each = each->outer_) {
    if (each->who_.has_more()) ring(each->who_);
  }
  if (!armed_ && ready_.load(std::memory_order_relaxed)) arm();
}

void doorbell::arm() noexcept {
  armed_ = true;
  bool first;
  {
    sync::lock held(mutex_);
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
  // A body may have called this, and a loop wakes with calls that can be cancelled.
  const sync::closed_to_cancel waking;
  // The loop may be destroyed at any moment.
  while_open([this] { wires_.wake(); });
}

void doorbell::close() noexcept {
  gate_.fetch_or(gone, std::memory_order_acq_rel);
  // What is under way in `while_open` never blocks. In a copy of the process it may have been under
  // way in a thread that is not there.
  for (int tries = 0; (gate_.load(std::memory_order_acquire) & ~gone) != 0; ++tries) {
    if (tries > 1000 && !process_.is_this()) break;
    std::this_thread::yield();
  }
  calls_->close();
  std::exchange(next_turn_, {}).clear();
  // A source may hold this doorbell, so none of them is kept. They are let go one after the other:
  // a long line that goes at once would use up the stack.
  while (next()) {
  }
}

}  // namespace offstage
