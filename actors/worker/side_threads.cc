#include "actors/worker/side_threads.h"

#include <atomic>
#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include "actors/log/log.h"
#include "actors/sync/mutex.h"
#include "actors/sync/process_mark.h"
#include "actors/task/leave_a_copy.h"
#include "actors/worker/away_thread.h"

namespace offstage {

// What the threads share; it lives as long as one of them. Each errand in the line was promised to
// a thread that waits, so there are never more errands than threads that will look for one.
class side_threads::errands final : public counted {
 public:
  void take(std::function<void()> errand);
  void close() noexcept;
  void serve(side_thread& self, std::function<void()> first);

 private:
  void forget(side_thread& which) OFFSTAGE_REQUIRES(mutex_);

  sync::mutex mutex_;
  sync::condition posted_;
  std::deque<std::function<void()>> line_ OFFSTAGE_GUARDED_BY(mutex_);
  std::vector<side_thread*> threads_ OFFSTAGE_GUARDED_BY(mutex_);
  std::size_t unpromised_ OFFSTAGE_GUARDED_BY(mutex_) = 0;  // Of those that wait.
  bool closed_ OFFSTAGE_GUARDED_BY(mutex_) = false;
};

class side_threads::side_thread final : public away_thread {
 public:
  side_thread(ref<errands> of, std::function<void()> first)
      : away_thread("offstage-side"), of_(std::move(of)), first_(std::move(first)) {}

 protected:
  void run() override { of_->serve(*this, std::move(first_)); }
  bool in_users_code() const noexcept override {
    return in_errand_.load(std::memory_order_acquire);
  }

 private:
  friend class errands;

  const ref<errands> of_;
  std::function<void()> first_;
  std::atomic<bool> in_errand_{false};
};

void side_threads::errands::take(std::function<void()> errand) {
  {
    sync::lock held(mutex_);
    if (unpromised_ != 0) {
      line_.push_back(std::move(errand));
      --unpromised_;
      posted_.notify_one();
      return;
    }
  }
  const ref<side_thread> more(new side_thread(ref<errands>(this), std::move(errand)));
  {
    sync::lock held(mutex_);
    threads_.push_back(more.get());
    if (closed_) more->will_end();
  }
  try {
    more->begin();
  } catch (...) {
    sync::lock held(mutex_);
    std::erase(threads_, more.get());
    throw;
  }
}

void side_threads::errands::close() noexcept {
  sync::lock held(mutex_);
  closed_ = true;
  for (auto* const each : threads_) each->will_end();
  posted_.notify_all();
}

// The thread ends.
void side_threads::errands::forget(side_thread& which) {
  which.will_end();
  std::erase(threads_, &which);
}

void side_threads::errands::serve(side_thread& self, std::function<void()> first) {
  auto errand = std::move(first);
  const sync::process_mark here;
  for (;;) {
    self.in_errand_.store(true, std::memory_order_release);
    errand();
    errand = nullptr;
    leave_a_copy(here, "a stop callback or a destructor");
    self.in_errand_.store(false, std::memory_order_release);
    sync::lock held(mutex_);
    if (closed_ || unpromised_ != 0) return forget(self);
    ++unpromised_;
    while (line_.empty() && !closed_) posted_.wait(held);
    if (line_.empty()) return forget(self);
    errand = std::move(line_.front());
    line_.pop_front();
  }
}

side_threads::side_threads() : errands_(new errands) {}

side_threads::~side_threads() { errands_->close(); }

void side_threads::take(std::function<void()> errand) { errands_->take(std::move(errand)); }

void side_threads::miss(const std::exception& refused) noexcept {
  log::line(log_room::worker, log_level::warning, "no side thread can be had: {}", refused.what());
}

}  // namespace offstage
