#include "actors/pool/thread_assigner.h"

#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/log/log.h"
#include "actors/pool/cpu_count.h"
#include "actors/task/describe_exception.h"
#include "actors/task/leave_a_copy.h"
#include "actors/worker/away_thread.h"

namespace offstage {
namespace {

// How long an idle thread looks for the next task before it sleeps: about what it costs to wake
// one.
constexpr std::chrono::microseconds look_time{20};

// A destructor that takes longer keeps no other cancelled task from ending.
constexpr std::chrono::milliseconds drop_time{100};

// When so many looks in a row found nothing, one is taken in 64 idle moments.
constexpr unsigned fruitless_max = 6;

// Where there is one CPU, a thread that looks keeps from it the one that it looks for.
bool several_cpus() {
  static const bool several = usable_cpus() > 1;
  return several;
}

// pthread_cancel reaches the user's code, and what it is called through.
class open_to_cancel {
 public:
  open_to_cancel() {
    // A task before may have left another type.
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
  }
  ~open_to_cancel() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr); }
  open_to_cancel(const open_to_cancel&) = delete;
  open_to_cancel& operator=(const open_to_cancel&) = delete;
};

failure no_thread(const std::string& why) {
  failure out;
  out.kind = failure_kind::infrastructure;
  out.what = "no worker thread can be had: " + why;
  return out;
}

void request_stop(task_record& of) {
  const log::task_scope writing(of.id());
  of.request_stop();
}

}  // namespace

// A thread of the pool. It is in one of three places: idle (in `idle_`, and waiting or about to),
// busy (it has a task, or looks for one), or leaving (in `leave`).
class thread_assigner::crew_thread final : public away_thread {
 public:
  explicit crew_thread(ref<thread_assigner> of)
      : away_thread("offstage-crew"),
        pool(std::move(of)),
        actor(make_worker(pool)),
        initialized(!pool->initializes_) {}

  const ref<thread_assigner> pool;
  const ref<worker> actor;

  // With the pool's lock held.
  bool dismissed = false;
  bool first_task = false;  // It has one, and has not called the initializer.

  // Written by whoever takes it from the idle ones, before it is told to go on; null: it is to
  // leave.
  ref<task_record> handed;
  sync::parking_place place;

  bool initialized;  // Its own, and written with the pool's lock held.

  // Whatever its tasks have told home, home sees here that they have left the user's code.
  std::atomic<bool> in_user_code{false};

 protected:
  bool in_users_code() const noexcept override {
    return in_user_code.load(std::memory_order_acquire);
  }

  void run() override {
    try {
      pool->work(*this);
    } catch (abi::__forced_unwind&) {
      pool->leave(*this, worker::way_out::by_force);
      throw;
    }
    pool->leave(*this, worker::way_out::told);
  }
};

thread_assigner::thread_assigner(std::size_t worker_count, worker_initializer initializer)
    : worker_count_(worker_count),
      initializes_(static_cast<bool>(initializer)),
      looks_(several_cpus()),
      initializer_(std::move(initializer)) {}

bool thread_assigner::submit(ref<task_record> task) {
  if (warm_.load(std::memory_order_acquire)) process_->require_this("worker_pool::submit");
  std::optional<failure> why;
  ref<crew_thread> woken;
  ref<task_record> kept;
  {
    sync::lock held(mutex_);
    if (closed()) return false;
    if (broken_) {
      why = broken_;
    } else if (!idle_.empty()) {
      woken = ref<crew_thread>(idle_.back());
      idle_.pop_back();
      woken->handed = std::move(task);
      give(*woken);
    } else {
      if (thread_count_ < worker_count_) {
        ++thread_count_;
        kept = task;
      }
      line_.push_back(std::move(task));
    }
  }
  if (woken) {
    woken->place.go_on();
  } else if (why) {
    task_record::fail(std::move(task), *why);
  } else if (kept) {
    add_thread(kept);
  }
  return true;
}

void thread_assigner::cancel(const ref<task_record>& task) noexcept {
  if (elsewhere()) return;
  ref<task_record> waiting;
  bool posted = false;
  bool watches = false;
  {
    sync::lock held(mutex_);
    waiting = line_.remove(*task);
    if (waiting && waiting->holds_values()) {
      cancelled_.push_back(std::move(waiting));
      posted = true;
      if (droppers_ != 0 && watched_) return;
      watches = droppers_ != 0;
      if (watches) watched_ = true;
      if (!watches) ++droppers_;
    }
  }
  if (watches) {
    // Without it, those that wait have to wait for the destructor that runs now.
    if (!side_.post([self = ref<thread_assigner>(this)] { self->watch_droppers(); })) {
      sync::lock held(mutex_);
      watched_ = false;
    }
  } else if (posted) {
    // Here, if nowhere else.
    if (!side_.post([self = ref<thread_assigner>(this)] { self->drop_cancelled(); })) {
      drop_cancelled();
    }
  } else if (waiting) {
    task_record::abandon(std::move(waiting));
  } else if (task->takes_stop_token()) {
    if (!side_.post([task] { request_stop(*task); })) request_stop(*task);
  }
}

void thread_assigner::drop_cancelled() noexcept {
  const sync::process_mark here;
  for (;;) {
    ref<task_record> next;
    {
      sync::lock held(mutex_);
      next = cancelled_.pop_front();
      ++dropped_;
      if (!next) {
        --droppers_;
        nothing_to_drop_.notify_all();
      }
    }
    if (!next) return;
    task_record::abandon(std::move(next));
    leave_a_copy(here, "a destructor");
  }
}

// While tasks wait to be dropped: where a destructor does not return for a while, this goes on in
// its place.
void thread_assigner::watch_droppers() noexcept {
  bool instead = false;
  bool another = false;
  {
    sync::lock held(mutex_);
    while (!cancelled_.empty() && !instead) {
      const auto before = dropped_;
      nothing_to_drop_.wait_until(held, std::chrono::steady_clock::now() + drop_time);
      instead = !cancelled_.empty() && dropped_ == before;
    }
    watched_ = false;
    if (instead) {
      ++droppers_;
      another = cancelled_.size() > 1;
      watched_ = another;
    }
  }
  if (another && !side_.post([self = ref<thread_assigner>(this)] { self->watch_droppers(); })) {
    sync::lock held(mutex_);
    watched_ = false;
  }
  if (instead) drop_cancelled();
}

void thread_assigner::close() noexcept {
  if (elsewhere()) return;
  ref<crew_thread> first;
  worker_initializer unneeded;
  std::size_t busy = 0;
  {
    sync::lock held(mutex_);
    if (closed_.exchange(true)) return;
    unneeded = unneeded_initializer();
    for (const auto& each : threads_) {
      each->will_end();
    }
    busy = thread_count_ - idle_.size();
    // It tells the next one, and so on: closing costs the same for any number of threads.
    first = take_idle();
  }
  if (first) first->place.go_on();
  if (busy != 0) {
    log::line(log_room::pool, log_level::debug,
              "pool closed while {} of its threads are busy; they end when no task is left", busy);
  }
}

std::vector<ref<worker>> thread_assigner::workers() const {
  std::vector<ref<worker>> out;
  if (elsewhere()) return out;
  sync::lock held(mutex_);
  for (const auto& each : threads_) out.push_back(each->actor);
  return out;
}

void thread_assigner::dismiss(worker& which) {
  if (elsewhere()) return;
  ref<crew_thread> woken;
  {
    sync::lock held(mutex_);
    const auto found = std::ranges::find_if(
        threads_, [&](const auto& each) { return each->actor.get() == &which; });
    if (found == threads_.end()) return;
    (*found)->dismissed = true;
    if (std::erase(idle_, found->get()) != 0) {
      woken = *found;
      woken->will_end();
    }
  }
  if (woken) woken->place.go_on();
}

bool thread_assigner::elsewhere() const noexcept {
  return warm_.load(std::memory_order_acquire) && !process_->is_this();
}

ref<thread_assigner::crew_thread> thread_assigner::take_idle() {
  if (idle_.empty()) return nullptr;
  ref<crew_thread> out(idle_.back());
  idle_.pop_back();
  return out;
}

// The thread was counted before.
void thread_assigner::add_thread(const ref<task_record>& task) {
  std::size_t count = 0;
  try {
    const ref<crew_thread> more(new crew_thread(ref<thread_assigner>(this)));
    {
      sync::lock held(mutex_);
      idle_.reserve(threads_.size() + 1);
      threads_.push_back(more);
      if (closed()) more->will_end();
    }
    try {
      more->begin();
    } catch (...) {
      sync::lock held(mutex_);
      std::erase(threads_, more);
      throw;
    }
    sync::lock held(mutex_);
    if (!warm_.load(std::memory_order_relaxed)) {
      process_.emplace();
      warm_.store(true, std::memory_order_release);
    }
    short_of_threads_ = false;
    count = threads_.size();
  } catch (const std::exception& refused) {
    miss_thread(refused, task);
    return;
  }
  log::line(log_room::pool, log_level::debug, "pool has {} of {} threads", count, worker_count_);
}

// While there is a thread, tasks wait for it, and the next one that comes or ends asks again. Where
// there is none, nobody would ever take them.
void thread_assigner::miss_thread(const std::exception& refused, const ref<task_record>& task) {
  std::vector<ref<task_record>> lost;
  bool returned = false;
  bool first = false;
  std::size_t count = 0;
  {
    sync::lock held(mutex_);
    count = --thread_count_;
    if (count == 0) {
      returned = task && line_.remove(*task);
      while (auto each = line_.pop_front()) lost.push_back(std::move(each));
    } else {
      first = !std::exchange(short_of_threads_, true);
    }
  }
  for (auto& each : lost) task_record::fail(std::move(each), no_thread(refused.what()));
  if (returned) throw;
  if (first) {
    log::line(log_room::pool, log_level::warning,
              "pool has {} of {} threads; no other can be had now: {}", count, worker_count_,
              refused.what());
  }
}

void thread_assigner::work(crew_thread& self) {
  while (auto task = next_for(self)) run(self, std::move(task));
}

ref<task_record> thread_assigner::next_for(crew_thread& self) {
  ref<task_record> task;
  bool another = false;
  bool look = false;
  {
    sync::lock held(mutex_);
    if (self.dismissed) return nullptr;
    task = line_.pop_front();
    if (task) give(self);
    if (!task) task = cancelled_.pop_front();
    if (task) {
      another = short_of_threads_ && !line_.empty() && thread_count_ < worker_count_;
      if (another) ++thread_count_;
    } else {
      if (closed()) return nullptr;
      // One looks at a time, and gets the next task.
      const bool other_looks = looking_.load(std::memory_order_relaxed) && !idle_.empty();
      look = looks_ && !other_looks && worth_a_look();
      if (look) looking_.store(true, std::memory_order_relaxed);
      idle_.insert(idle_.end() - (other_looks ? 1 : 0), &self);
    }
  }
  if (another) add_thread(nullptr);
  if (task) return task;
  if (look) {
    const auto before = fruitless_.load(std::memory_order_relaxed);
    const bool found = self.place.look(look_time);
    looking_.store(false, std::memory_order_relaxed);
    fruitless_.store(found ? 0 : std::min(before + 1, fruitless_max), std::memory_order_relaxed);
  }
  self.place.wait();
  return std::move(self.handed);
}

// Tasks that come one after the other are worth it, and those that come now and then are not.
bool thread_assigner::worth_a_look() {
  const auto every = 1U << fruitless_.load(std::memory_order_relaxed);
  return idle_moments_++ % every == 0;
}

// A thread gets a task.
void thread_assigner::give(crew_thread& to) {
  if (to.initialized || to.first_task) return;
  to.first_task = true;
  ++first_tasks_;
}

void thread_assigner::run(crew_thread& self, ref<task_record> task) {
  if (!self.initialized && !task->cancel_requested()) {
    if (const auto why = initialize(self, task)) {
      task_record::fail(std::move(task), *why);
      return;
    }
  }
  const open_to_cancel users;
  task_record::run(std::move(task), &self.in_user_code);
}

std::optional<failure> thread_assigner::initialize(crew_thread& self, ref<task_record>& task) {
  worker_initializer initializer;
  {
    sync::lock held(mutex_);
    if (broken_) return broken_;
    initializer = initializer_;
  }
  std::string reason;
  const sync::process_mark here;
  self.in_user_code.store(true, std::memory_order_release);
  try {
    {
      const open_to_cancel users;
      initializer.body().run();
    }
    leave_a_copy(here, "an initializer");
    initializer = {};
    self.in_user_code.store(false, std::memory_order_release);
    sync::lock held(mutex_);
    self.initialized = true;
    --first_tasks_;
    return std::nullopt;
  } catch (abi::__forced_unwind&) {
    leave_a_copy(here, "an initializer");
    self.in_user_code.store(false, std::memory_order_release);
    const auto why =
        break_down("the initializer ended its thread (pthread_exit or pthread_cancel)");
    task_record::fail(std::move(task), why);
    throw;
  } catch (...) {
    leave_a_copy(here, "an initializer");
    reason = describe_exception(std::current_exception()).summary();
  }
  initializer = {};
  self.in_user_code.store(false, std::memory_order_release);
  return break_down("the initializer raised " + reason);
}

void thread_assigner::leave(crew_thread& self, worker::way_out how) {
  const ref<crew_thread> kept(&self);
  ref<crew_thread> next;
  worker_initializer unneeded;
  bool another = false;
  {
    sync::lock held(mutex_);
    std::erase(threads_, kept);
    --thread_count_;
    if (self.first_task && !self.initialized) --first_tasks_;
    unneeded = unneeded_initializer();
    if (closed()) next = take_idle();
    // One that goes by force or by an exit message may be the last.
    another = !line_.empty() && thread_count_ < worker_count_;
    if (another) ++thread_count_;
  }
  if (next) next->place.go_on();
  if (another) add_thread(nullptr);
  if (unneeded) {
    const sync::process_mark here;
    self.in_user_code.store(true, std::memory_order_release);
    unneeded = {};
    leave_a_copy(here, "a destructor");
    self.in_user_code.store(false, std::memory_order_release);
  }
  if (how == worker::way_out::by_force) {
    log::line(log_room::pool, log_level::warning,
              "a task ended its thread; the pool has another one when it needs one");
  }
  self.actor->end(how);
}

// The initializer, if no thread will call it any more; to be destroyed with the lock released.
worker_initializer thread_assigner::unneeded_initializer() {
  const bool needed = !broken_ && (!closed() || !line_.empty() || first_tasks_ != 0);
  return needed ? worker_initializer() : std::exchange(initializer_, {});
}

// No task is run any more: those that wait, and all that follow, fail for this reason.
failure thread_assigner::break_down(const std::string& reason) {
  auto why = no_thread(reason);
  std::vector<ref<task_record>> waiting;
  worker_initializer unneeded;
  {
    sync::lock held(mutex_);
    if (broken_) return *broken_;
    broken_ = why;
    unneeded = unneeded_initializer();
    while (auto task = line_.pop_front()) waiting.push_back(std::move(task));
  }
  log::line(log_room::pool, log_level::error, "{}", why.what);
  for (auto& each : waiting) task_record::fail(std::move(each), why);
  return why;
}

}  // namespace offstage
