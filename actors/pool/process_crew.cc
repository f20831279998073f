#include "actors/pool/process_crew.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/pool/task_order.h"
#include "actors/task/credit.h"

namespace offstage {
namespace {

constexpr int lost_in_a_row_max = 5;
constexpr std::chrono::seconds stop_time{2};

failure infrastructure_failure(std::string what) {
  failure out;
  out.kind = failure_kind::infrastructure;
  out.what = std::move(what);
  return out;
}

}  // namespace

// Where a task is, kept with the task.
struct process_crew::place final : task_record::pool_part, credit_link {
  task_order order;
  std::shared_ptr<node> at;  // Null while it waits in the line.
  std::uint16_t cell = 0;
  bool cancelled = false;

  bool spend(std::size_t) override { return true; }
  void repay(std::size_t bytes) noexcept override { at->at(cell).deliver(bytes); }
};

// A worker process and what it has in hand.
struct process_crew::worker {
  struct held {
    ref<task_record> task;
    std::uint64_t order = 0;  // Of its assignment.
    bool ghost = false;       // It has ended here; the worker does not know yet.
  };

  std::shared_ptr<node> process;
  std::array<held, control_page::cell_count> hand;
  std::size_t in_hand = 0;
  std::size_t ended_since = 0;
  task_window window;
  std::chrono::steady_clock::time_point counted_from;
  bool useful = false;  // It has run something.
  std::uint16_t next_cell = 0;

  std::optional<std::uint16_t> free_cell() {
    for (std::uint16_t i = 0; i < control_page::cell_count; ++i) {
      const auto index = static_cast<std::uint16_t>((next_cell + i) % control_page::cell_count);
      if (!hand[index].task && !hand[index].ghost && process->at(index).state == cell_state::free) {
        next_cell = static_cast<std::uint16_t>(index + 1);
        return index;
      }
    }
    return std::nullopt;
  }
};

process_crew::process_crew(std::size_t worker_count, std::shared_ptr<node_host> host)
    : worker_count_(worker_count), host_(std::move(host)) {}

process_crew::~process_crew() = default;

process_crew::place& process_crew::place_of(task_record& task) {
  return static_cast<place&>(*task.kept_by_pool);
}

bool process_crew::submit(ref<task_record> task) {
  if (closed()) return false;
  auto where = std::make_unique<place>();
  where->order = task_order(*task, host_->segments());
  task->kept_by_pool = std::move(where);
  touched changed;
  {
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    if (!broken_.empty()) {
      const auto why = infrastructure_failure(broken_);
      lock.unlock();
      task_record::fail(std::move(task), why);
      return true;
    }
    line_.push_back(std::move(task));
    start_missing();
    distribute(changed);
  }
  for (const auto& each : changed) each->flush();
  return true;
}

void process_crew::cancel(const ref<task_record>& task) {
  ref<task_record> ended;
  std::shared_ptr<node> ring;
  {
    std::lock_guard lock(mutex_);
    auto& where = place_of(*task);
    where.cancelled = true;
    if (auto waiting = line_.remove(*task)) {
      ended = std::move(waiting);
    } else if (where.at) {
      auto& cell = where.at->at(where.cell);
      if (cell.move(cell_state::waiting, cell_state::cancelled)) {
        where.order.take_back();
        ended = release(*workers_.at(where.at.get()), where.cell);
      } else {
        cell.cancel = true;
        cell.release();
        if (task->takes_stop_token()) ring = where.at;
      }
    }
  }
  if (ring) ring->ring();
  if (ended) {
    place_of(*ended).order = {};
    task_record::abandon(std::move(ended));
  }
}

void process_crew::terminate(const ref<task_record>& task, std::chrono::nanoseconds grace) {
  const auto end_worker = [self = shared_from_this(), task] {
    std::shared_ptr<node> at;
    {
      std::lock_guard lock(self->mutex_);
      const auto& where = place_of(*task);
      if (!where.at) return;
      // Only while it runs this very task; then it begins no other one.
      if (where.at->at(where.cell).move(cell_state::running, cell_state::killed)) at = where.at;
    }
    if (at) at->kill();
  };
  if (grace <= grace.zero()) return end_worker();
  host_->lanes().call_at(reactor::clock::now() + grace, end_worker);
}

void process_crew::close() {
  touched stopped;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    stop_if_done(stopped);
  }
  for (const auto& each : stopped) each->stop(stop_time);
}

bool process_crew::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

std::vector<int> process_crew::worker_ids() const {
  std::lock_guard lock(mutex_);
  std::vector<int> out;
  for (const auto& [process, each] : workers_) out.push_back(process->process_id());
  return out;
}

void process_crew::node_ready(node& which) {
  touched changed;
  touched stopped;
  {
    std::lock_guard lock(mutex_);
    --starting_;
    auto made = std::make_unique<worker>();
    made->process = which.shared_from_this();
    workers_.emplace(&which, std::move(made));
    distribute(changed);
    stop_if_done(stopped);
  }
  for (const auto& each : changed) each->flush();
  for (const auto& each : stopped) each->stop(stop_time);
}

void process_crew::node_says(node& which, std::uint16_t cell,
                             std::span<const flat_message::word> words) {
  ref<task_record> task;
  {
    std::lock_guard lock(mutex_);
    auto& held = workers_.at(&which)->hand[cell];
    task = held.task;
    if (!task && !held.ghost) throw malformed_message("a message of a task that it does not have");
  }
  flat_message message(words.size());
  std::copy(words.begin(), words.end(), message.writable().begin());
  const auto state = which.at(cell).state.load();
  if (state == cell_state::waiting || state == cell_state::free) {
    throw malformed_message("a message of a task that it has not begun");
  }
  const auto read = read_state_message(message);
  const auto large = which.large_value_in(read.value);
  bool over = is_final(read.kind);
  // What runs on would end in a cell that is another task's.
  if (over && state != cell_state::ended) {
    throw malformed_message("the end of a task that it has not ended");
  }
  bool early = false;
  if (task) {
    // Before the end is told, so that nothing is repaid into a cell that is used again.
    if (over) task->consume_through(nullptr);
    const auto how = task_record::relay(task, message, large);
    over = how == relayed::ended;
    early = how == relayed::ended_early;
  }
  if (!over && !early) return;
  if (task) {
    task->consume_through(nullptr);
    // It is not needed again, and handles may keep the task for long.
    place_of(*task).order = {};
  }
  std::lock_guard lock(mutex_);
  auto& from = *workers_.at(&which);
  if (early) {
    // The body goes on; it finds that it was cancelled.
    place_of(*task).at = nullptr;
    from.hand[cell].ghost = true;
    from.hand[cell].task = nullptr;
    which.at(cell).cancel = true;
    which.at(cell).release();
    return;
  }
  which.at(cell).state = cell_state::free;
  release(from, cell);
  ++from.ended_since;
  from.useful = true;
  lost_in_a_row_ = 0;
}

void process_crew::node_paused(node& which) {
  touched changed;
  touched stopped;
  {
    std::lock_guard lock(mutex_);
    const auto found = workers_.find(&which);
    if (found == workers_.end()) return;
    auto& from = *found->second;
    const auto now = std::chrono::steady_clock::now();
    from.window.took(from.ended_since, now - from.counted_from);
    from.ended_since = 0;
    from.counted_from = now;
    distribute(changed);
    stop_if_done(stopped);
  }
  for (const auto& each : changed) each->flush();
  for (const auto& each : stopped) each->stop(stop_time);
}

void process_crew::node_ended(node& which, const std::string& how) {
  std::vector<ref<task_record>> lost;
  std::vector<ref<task_record>> abandoned;
  touched changed;
  std::string broken;
  {
    std::lock_guard lock(mutex_);
    const auto found = workers_.find(&which);
    bool useful = false;
    if (found == workers_.end()) {
      --starting_;
    } else {
      auto gone = std::move(found->second);
      workers_.erase(found);
      useful = gone->useful;
      std::vector<worker::held*> held;
      for (auto& each : gone->hand) {
        if (each.task) held.push_back(&each);
      }
      // The one assigned last goes to the front of the line first.
      std::sort(held.begin(), held.end(),
                [](const auto* left, const auto* right) { return left->order > right->order; });
      for (auto* each : held) {
        auto& where = place_of(*each->task);
        const auto cell = where.cell;
        each->task->consume_through(nullptr);  // First, for it goes through `at`.
        where.at = nullptr;
        if (gone->process->at(cell).move(cell_state::waiting, cell_state::recalled)) {
          where.order.take_back();
          if (where.cancelled) {
            abandoned.push_back(std::move(each->task));
          } else {
            line_.push_front(std::move(each->task));
          }
        } else {
          useful = true;
          lost.push_back(std::move(each->task));
        }
      }
    }
    if (!useful && ++lost_in_a_row_ >= lost_in_a_row_max) {
      broken = "no worker process can be had: " + std::to_string(lost_in_a_row_) +
               " ended in a row before they had run anything; the last one: " + how;
    } else {
      start_missing();
      distribute(changed);
    }
  }
  for (const auto& each : changed) each->flush();
  for (auto& each : abandoned) {
    place_of(*each).order = {};
    task_record::abandon(std::move(each));
  }
  if (!lost.empty()) {
    auto why = infrastructure_failure(how + ", while it ran this task");
    why.output = which.last_output();
    for (auto& each : lost) {
      place_of(*each).order = {};
      task_record::fail(std::move(each), why);
    }
  }
  if (!broken.empty()) fail_waiting(broken);
}

bool process_crew::assign(worker& to, ref<task_record> task, touched& changed) {
  const auto cell = to.free_cell();
  if (!cell) {
    line_.push_front(std::move(task));
    return false;
  }
  auto& where = place_of(*task);
  where.at = to.process;
  where.cell = *cell;
  auto& shared = to.process->at(*cell);
  shared.reset();
  shared.state = cell_state::waiting;
  task->consume_through(&where);
  if (to.in_hand == 0) to.counted_from = std::chrono::steady_clock::now();
  ++to.in_hand;
  to.process->append_task(*cell, where.order.words, where.order.segment.get());
  to.hand[*cell] = {std::move(task), ++assigned_, false};
  if (changed.empty() || changed.back() != to.process) changed.push_back(to.process);
  return true;
}

ref<task_record> process_crew::release(worker& from, std::uint16_t cell) {
  auto& held = from.hand[cell];
  auto task = std::exchange(held.task, nullptr);
  held.ghost = false;
  if (task) {
    task->consume_through(nullptr);
    place_of(*task).at = nullptr;
  }
  --from.in_hand;
  return task;
}

void process_crew::distribute(touched& changed) {
  // Those who have nothing come first, so that nobody waits while another has a heap.
  for (const bool idle_ones : {true, false}) {
    for (auto& [process, each] : workers_) {
      const auto wanted = idle_ones ? std::size_t{1} : each->window.size();
      while (!line_.empty() && each->in_hand < wanted) {
        if (!assign(*each, line_.pop_front(), changed)) break;
      }
    }
  }
  if (!line_.empty()) return;
  for (auto& [process, each] : workers_) {
    if (each->in_hand == 0) take_back_for(*each, changed);
  }
}

void process_crew::take_back_for(worker& idle, touched& changed) {
  worker* richest = nullptr;
  std::vector<std::uint16_t> waiting;
  for (auto& [process, each] : workers_) {
    if (each->in_hand < 2) continue;
    std::vector<std::uint16_t> theirs;
    for (std::uint16_t i = 0; i < control_page::cell_count; ++i) {
      if (each->hand[i].task && process->at(i).state == cell_state::waiting) theirs.push_back(i);
    }
    if (theirs.size() <= waiting.size()) continue;
    waiting.swap(theirs);
    richest = each.get();
  }
  // The later half, and one task if there is only one.
  std::sort(waiting.begin(), waiting.end(), [&](auto left, auto right) {
    return richest->hand[left].order < richest->hand[right].order;
  });
  for (auto i = waiting.size() / 2; i < waiting.size(); ++i) {
    if (!richest->process->at(waiting[i]).move(cell_state::waiting, cell_state::recalled)) continue;
    auto task = release(*richest, waiting[i]);
    place_of(*task).order.take_back();
    if (!assign(idle, std::move(task), changed)) return;
  }
}

void process_crew::start_missing() {
  if (line_.empty() && workers_.empty() && starting_ == 0 && closed_) return;
  const auto wanted = closed_ ? std::min(worker_count_, line_.size()) : worker_count_;
  const auto there = workers_.size() + starting_;
  if (there >= wanted) return;
  starting_ += wanted - there;
  launch(wanted - there);
}

void process_crew::launch(std::size_t count) {
  // Not here: this may be home, and starting a process takes about a millisecond.
  std::thread([self = shared_from_this(), host = host_, count] {
    for (std::size_t i = 0; i < count; ++i) {
      try {
        node::start(*host, self);
      } catch (const context_closed& ended) {
        self->could_not_start(ended.what());
      } catch (const std::exception& error) {
        log::line(log_room::pool, log_level::error, "{}", error.what());
        self->could_not_start(error.what());
      }
    }
  }).detach();
}

void process_crew::could_not_start(const std::string& why) {
  bool none;
  {
    std::lock_guard lock(mutex_);
    --starting_;
    none = workers_.empty() && starting_ == 0;
  }
  if (none) fail_waiting(why);
}

void process_crew::fail_waiting(const std::string& why) {
  std::vector<ref<task_record>> waiting;
  {
    std::lock_guard lock(mutex_);
    broken_ = why;
    while (auto task = line_.pop_front()) waiting.push_back(std::move(task));
  }
  if (!waiting.empty()) log::line(log_room::pool, log_level::error, "{}", why);
  for (auto& each : waiting) {
    place_of(*each).order = {};
    task_record::fail(std::move(each), infrastructure_failure(why));
  }
}

bool process_crew::idle() const {
  return line_.empty() && std::all_of(workers_.begin(), workers_.end(),
                                      [](const auto& each) { return each.second->in_hand == 0; });
}

void process_crew::stop_if_done(touched& stopped) {
  if (!closed_ || !idle()) return;
  for (const auto& [process, each] : workers_) stopped.push_back(each->process);
}

}  // namespace offstage
