#include "actors/pool/task_hearing.h"

#include "actors/log/log.h"

namespace offstage {
namespace {

// So many items of a task are heard before the next task has its turn.
constexpr std::size_t items_in_a_row_max = 64;

constexpr std::chrono::seconds patience{1};

}  // namespace

task_hearing::task_hearing(std::size_t tasks_max, hear_function hear, call_at_function call_at)
    : hear_(std::move(hear)), call_at_(std::move(call_at)), tasks_max_(tasks_max) {}

void task_hearing::add(ref<task_record> task, unheard& of, item what) {
  bool start = false;
  bool look = false;
  {
    sync::lock held(mutex_);
    if (of.ended_) return;
    if (!of.items_) of.items_ = std::make_unique<std::deque<item>>();
    of.items_->push_back(std::move(what));
    if (of.being_heard_) return;
    line_.push_back({std::move(task), &of});
    of.being_heard_ = true;
    start = threads_ < tasks_max_;
    if (start) ++threads_;
    look = !start && wants_look();
  }
  if (start) start_thread();
  if (look) look_later();
}

bool task_hearing::is_through(const unheard& of) const {
  sync::lock held(mutex_);
  return !of.being_heard_;
}

// The thread was counted before.
void task_hearing::start_thread() {
  // Here, if nowhere else.
  if (!side_.post([self = shared_from_this()] { self->serve(); })) serve();
}

void task_hearing::serve() {
  for (;;) {
    waiting next;
    {
      sync::lock held(mutex_);
      if (line_.empty()) {
        --threads_;
        return;
      }
      next = std::move(line_.front());
      line_.pop_front();
    }
    if (hear_some(next)) continue;
    sync::lock held(mutex_);
    line_.push_back(std::move(next));
  }
}

// Returns false if there is more.
bool task_hearing::hear_some(const waiting& next) {
  for (std::size_t i = 0; i < items_in_a_row_max; ++i) {
    std::optional<item> what;
    {
      sync::lock held(mutex_);
      auto& items = next.of->items_;
      if (!items || items->empty()) {
        items = nullptr;
        next.of->being_heard_ = false;
        return true;
      }
      what.emplace(std::move(items->front()));
      items->pop_front();
    }
    hear(next, *what);
    // What travelled with it may be destroyed here.
    what.reset();
    sync::lock held(mutex_);
    ++heard_;
  }
  return false;
}

void task_hearing::hear(const waiting& next, item& what) {
  if (auto* const said = std::get_if<message>(&what)) {
    if (hear_(next.task, *said)) return;
    std::unique_ptr<std::deque<item>> unwanted;  // Destroyed with the lock released.
    sync::lock held(mutex_);
    next.of->ended_ = true;
    unwanted.swap(next.of->items_);
    held.release();
  } else if (const auto* const why = std::get_if<failure>(&what)) {
    task_record::fail(next.task, *why);
  } else {
    task_record::abandon(next.task);
  }
}

bool task_hearing::wants_look() {
  if (looks_ || line_.empty()) return false;
  heard_before_ = heard_;
  return looks_ = true;
}

void task_hearing::look_later() {
  call_at_(clock::now() + patience, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->look();
  });
}

void task_hearing::look() {
  bool start = false;
  bool again = false;
  {
    sync::lock held(mutex_);
    looks_ = false;
    start = !line_.empty() && heard_ == heard_before_;
    if (start) {
      ++tasks_max_;
      ++threads_;
    }
    again = wants_look();
  }
  if (start) {
    log::line(
        log_room::pool, log_level::warning,
        "reading or destroying values of tasks takes longer than {} s; another thread does so "
        "for the tasks that wait",
        patience.count());
    start_thread();
  }
  if (again) look_later();
}

}  // namespace offstage
