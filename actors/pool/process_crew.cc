#include "actors/pool/process_crew.h"

#include <algorithm>
#include <exception>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/pool/after_death.h"
#include "actors/pool/cpu_count.h"
#include "actors/pool/task_order.h"

namespace offstage {
namespace {

using phase = worker_hand::phase;

constexpr std::size_t faults_in_a_row_max = 5;
constexpr std::chrono::seconds stop_time{2};

// What is longer is read elsewhere.
constexpr std::size_t quick_bytes_max = 16 * 1024;

failure infrastructure_failure(std::string what) {
  failure out;
  out.kind = failure_kind::infrastructure;
  out.what = std::move(what);
  return out;
}

recycling::limits recycling_limits(const worker_care& care) {
  recycling::limits out;
  if (care.tasks_max) out.tasks_max = static_cast<std::uint64_t>(*care.tasks_max);
  out.memory_growth_max_bytes = care.memory_growth_max;
  out.idle_time_max = care.idle_time_max.time();
  return out;
}

staffing::limits staffing_limits(const worker_care& care, std::size_t worker_count) {
  return {worker_count, static_cast<std::size_t>(care.idle_workers_min),
          !care.idle_time_max.for_ever()};
}

restart_budget::limits restart_limits(const worker_care& care) {
  restart_budget::limits out;
  out.restarts_max = static_cast<std::size_t>(care.restarts_max);
  out.span = care.restart_time.time().value_or(restart_budget::duration::max());
  return out;
}

}  // namespace

std::shared_ptr<process_crew> process_crew::make(std::size_t worker_count,
                                                 std::shared_ptr<node_host> host,
                                                 const worker_care& care,
                                                 std::shared_ptr<const node_options> options) {
  auto out = std::make_shared<process_crew>(worker_count, host, care, std::move(options));
  // A node holds its crew.
  const auto hear = [crew = out.get()](const auto& task, task_hearing::message& said) {
    return crew->hear_here(task, said);
  };
  out->hearing_ = std::make_shared<task_hearing>(
      std::max<std::size_t>(2, usable_cpus()), hear,
      [host = std::weak_ptr(host)](auto when, std::function<void()> call) {
        if (const auto there = host.lock()) there->lanes().call_at(when, std::move(call));
      });
  return out;
}

process_crew::process_crew(std::size_t worker_count, std::shared_ptr<node_host> host,
                           const worker_care& care, std::shared_ptr<const node_options> options)
    : worker_count_(worker_count),
      host_(std::move(host)),
      options_(std::move(options)),
      worker_deaths_(care.worker_deaths),
      retries_max_(static_cast<std::uint32_t>(care.retries_max)),
      idle_workers_min_(static_cast<std::size_t>(care.idle_workers_min)),
      recycling_(recycling_limits(care)),
      workers_(worker_count, recycling_),
      staffing_(staffing_limits(care, worker_count), restart_limits(care)),
      breaker_(faults_in_a_row_max) {}

process_crew::~process_crew() = default;

void process_crew::keep(std::shared_ptr<process_crew> crew) noexcept {
  auto& kept = crew->kept_;
  kept = std::move(crew);
}

bool process_crew::submit(ref<task_record> task) {
  if (!elsewhere() && closed()) return false;
  host_->begin();
  auto where = std::make_unique<task_place>();
  where->order = task_order(*task, host_->segments());
  where->quick = task->heard_quietly() && !where->order.segment &&
                 where->order.words.words().size_bytes() <= quick_bytes_max;
  task->kept_by_pool = std::move(where);
  decisions what;
  {
    sync::lock held(mutex_);
    if (closed_) return false;
    // Behind those that wait already there is nothing to decide, unless workers come on demand.
    const bool settled = !line_.empty() && broken_.empty() && !recycling_.looks_at_idleness();
    line_.push_back(std::move(task));
    if (!settled) decide(what);
  }
  carry_out(what);
  return true;
}

void process_crew::cancel(const ref<task_record>& task) {
  decisions what;
  what.abandoned.reserve(1);  // What is taken out is told of, whatever follows.
  std::shared_ptr<node> ring;
  {
    sync::lock held(mutex_);
    auto& where = task_place::of(*task);
    where.cancelled = true;
    if (auto waiting = line_.remove(*task)) {
      what.abandoned.push_back(std::move(waiting));
    } else if (where.at) {
      auto& cell = where.at->at(where.cell);
      if (cell.move(cell_state::waiting, cell_state::cancelled)) {
        what.abandoned.push_back(workers_.at(*where.at).take_unbegun(where.cell));
      } else {
        cell.cancel = true;
        cell.release();
        if (task->takes_stop_token()) ring = where.at;
      }
    }
    if (!what.abandoned.empty()) decide(what);
  }
  if (ring) ring->ring();
  carry_out(what);
}

void process_crew::terminate(const ref<task_record>& task, time_limit grace) {
  const auto end_worker = [self = shared_from_this(), task] {
    std::shared_ptr<node> at;
    {
      sync::lock held(self->mutex_);
      const auto& where = task_place::of(*task);
      if (!where.at) return;
      // Only while it runs this very task; then it begins no other one.
      if (where.at->at(where.cell).move(cell_state::running, cell_state::killed)) at = where.at;
    }
    if (at) at->kill();
  };
  if (grace.none()) return end_worker();
  {
    // It was cancelled, so what no worker has never runs.
    sync::lock held(mutex_);
    if (!task_place::of(*task).at) return;
  }
  if (const auto when = deadline_after(grace)) host_->lanes().call_at(*when, end_worker);
}

void process_crew::close() {
  decisions what;
  {
    sync::lock held(mutex_);
    closed_ = true;
    decide(what);
  }
  carry_out(what);
}

bool process_crew::closed() const {
  sync::lock held(mutex_);
  return closed_;
}

std::vector<int> process_crew::worker_ids() const {
  sync::lock held(mutex_);
  std::vector<int> out;
  for (const auto& [process, each] : workers_.all()) {
    if (each->takes_tasks()) out.push_back(process->process_id());
  }
  return out;
}

void process_crew::node_begins(node& which) {
  decisions what;
  {
    sync::lock held(mutex_);
    staffing_.begun();
    workers_.add(which);
    decide(what);
  }
  carry_out(what);
}

void process_crew::node_ready(node& which) {
  decisions what;
  {
    sync::lock held(mutex_);
    auto& fresh = workers_.at(which);
    if (fresh.now == phase::preparing) fresh.now = phase::serving;
    fresh.idle_since = clock::now();
    staffing_.ready();
    const auto there = workers_.count();
    for (const auto& [process, each] : workers_.all()) {
      if (each->now == phase::leaving && there.serving >= wanted(there)) {
        worker_hands::retire(*each, line_);
      }
    }
    decide(what);
  }
  carry_out(what);
}

void process_crew::node_says(node& which, std::uint16_t cell,
                             std::span<const flat_message::word> words) {
  ref<task_record> task;
  {
    sync::lock held(mutex_);
    const auto& from = workers_.at(which);
    task = from.task_in(cell);
    if (!from.knows(cell)) throw malformed_message("a message of a task that it does not have");
  }
  flat_message message(words.size());
  std::copy(words.begin(), words.end(), message.writable().begin());
  const auto state = which.at(cell).state.load();
  if (state == cell_state::waiting || state == cell_state::free) {
    throw malformed_message("a message of a task that it has not begun");
  }
  const auto read = read_state_message(message);
  const bool over = is_final(read.kind);
  // What runs on would end in a cell that is another task's.
  if (over && state != cell_state::ended) {
    throw malformed_message("the end of a task that it has not ended");
  }
  auto large = which.large_value_in(read.value);
  if (task) task->admit(read);
  if (over) take_end(which, cell, task);
  if (!task) return;
  auto& where = task_place::of(*task);
  const bool quick = where.quick && words.size_bytes() <= quick_bytes_max &&
                     read.value.kind != payload_kind::segment;
  task_hearing::message said{std::move(message), std::move(large), which.shared_from_this(), cell};
  if (quick && hearing_->is_through(where.unheard)) {
    hear_here(task, said);
  } else {
    hearing_->add(std::move(task), where.unheard, std::move(said));
  }
}

// The worker has ended what is in a cell, whenever that is heard.
void process_crew::take_end(node& which, std::uint16_t cell, const ref<task_record>& task) {
  // Before the cell is used again, into which nothing is to be repaid for this task.
  if (task) task->consume_through(nullptr);
  task_order unneeded;  // Handles may keep the task for long. Destroyed with the lock released.
  sync::lock held(mutex_);
  if (task) unneeded = std::move(task_place::of(*task).order);
  auto& from = workers_.at(which);
  if (from.ended() == 0) breaker_.proved_useful();
  from.take_ended(cell);
  held.release();
}

// Returns false if the task has ended here, whatever its body does.
bool process_crew::hear_here(const ref<task_record>& task, task_hearing::message& said) {
  try {
    if (task_record::relay(task, said.words, said.large) != relayed::ended_early) return true;
  } catch (const malformed_message& error) {
    task_record::fail(
        task,
        infrastructure_failure("worker process " + std::to_string(said.from->process_id()) +
                               " was killed, because it sent what is no message: " + error.what()));
    said.from->distrust(error.what());
  }
  ended_early(task, said);
  return false;
}

// The body goes on; it finds that it was cancelled.
void process_crew::ended_early(const ref<task_record>& task, const task_hearing::message& said) {
  task->consume_through(nullptr);
  task_order unneeded;
  sync::lock held(mutex_);
  auto& where = task_place::of(*task);
  unneeded = std::move(where.order);
  if (where.at == said.from && where.cell == said.cell) {
    workers_.at(*said.from).forget_early(said.cell);
  }
  held.release();
}

void process_crew::node_paused(node& which) {
  const auto memory_bytes = recycling_.looks_at_memory() ? which.memory_bytes() : 0;
  decisions what;
  {
    sync::lock held(mutex_);
    auto& from = workers_.at(which);
    const auto now = clock::now();
    from.window.took(from.ended_since, now - from.counted_from);
    from.ended_since = 0;
    from.counted_from = now;
    if (from.ended() != 0 && memory_bytes != 0) {
      if (from.first_memory_bytes == 0) from.first_memory_bytes = memory_bytes;
      if (from.now == phase::serving &&
          recycling_.has_grown(from.first_memory_bytes, memory_bytes)) {
        from.now = phase::leaving;
        what.said.emplace_back(log_level::debug,
                               "worker process " + std::to_string(which.process_id()) +
                                   " has grown to " + std::to_string(memory_bytes) + " bytes");
      }
    }
    decide(what);
  }
  carry_out(what);
}

void process_crew::node_ended(node& which, const std::string& how) {
  decisions what;
  {
    sync::lock held(mutex_);
    const auto gone = workers_.remove(which);
    auto why = infrastructure_failure(how + ", while it ran this task");
    why.output = which.last_output();
    if (which.ran_out_of_memory()) why.kind = failure_kind::out_of_memory;
    const auto cells = gone->cells();
    bool begun = false;
    bool wanted = gone->now == phase::stopped || which.told_to_stop();
    // The one given last goes to the front of the line first.
    for (auto cell = cells.rbegin(); cell != cells.rend(); ++cell) {
      const auto state = which.at(*cell).state.load();
      begun = begun || state != cell_state::waiting;
      wanted = wanted || state == cell_state::killed;
      settle_orphan(*gone, *cell, why, what);
    }
    // Who looks at the task's failure knows.
    const bool told = !what.failed.empty();
    if (!wanted && which.initializer_raised()) {
      if (staffing_.came_to_nothing(clock::now())) {
        breaker_.failed(circuit_breaker::fault::raised, how);
      }
      if (worker_deaths_ == on_worker_death::break_pool) {
        break_down("the pool is broken, because " + how, what);
      } else if (!breaker_.doubt().empty() && workers_.count().staying == 0) {
        while (auto task = line_.pop_front()) {
          what.failed.emplace_back(std::move(task), infrastructure_failure(breaker_.doubt()));
        }
      }
    } else if (!wanted) {
      // Else another one has been started already.
      if (gone->now != phase::retired) staffing_.lost();
      const bool prepared = gone->now != phase::preparing;
      if (!prepared || (!cells.empty() && !begun && gone->ended() == 0)) {
        breaker_.failed(circuit_breaker::fault::died, how);
      }
      const auto during = !prepared ? ", before it took tasks"
                          : begun   ? ", while it ran a task"
                                    : ", while it had nothing to do";
      if (breaker_.open()) break_down(breaker_.reason(), what);
      if (prepared && worker_deaths_ == on_worker_death::break_pool) {
        break_down("the pool is broken, because " + how, what);
      }
      const auto follows = !broken_.empty() ? "no other one is started"
                           : closed_        ? "others do what is left"
                                            : "another one takes its place";
      what.said.emplace_back(told ? log_level::info : log_level::warning,
                             how + during + "; " + follows);
    }
    decide(what);
  }
  carry_out(what);
}

void process_crew::settle_orphan(worker_hand& gone, std::uint16_t cell, const failure& why,
                                 decisions& out) {
  const bool begun = !gone.process()->at(cell).move(cell_state::waiting, cell_state::recalled);
  auto task = begun ? gone.take_orphan(cell) : gone.take_unbegun(cell);
  auto& where = task_place::of(*task);
  const orphaned_task orphan{.begun = begun,
                             .cancelled = where.cancelled,
                             .idempotent = task->idempotent(),
                             .has_said_more = task->has_said_more(),
                             .times_retried = where.times_retried};
  switch (after_death(orphan, worker_deaths_, retries_max_)) {
    case fate::goes_on:
      line_.push_front(std::move(task));
      return;
    case fate::abandoned:
      out.abandoned.push_back(std::move(task));
      return;
    case fate::retried:
      ++where.times_retried;
      task->expect_another_start();
      out.said.emplace_back(log_level::info, "a task is run again: " + why.what);
      line_.push_front(std::move(task));
      return;
    case fate::failed:
      out.failed.emplace_back(std::move(task), why);
      return;
  }
}

void process_crew::break_down(const std::string& why, decisions& out) {
  if (!broken_.empty()) return;
  broken_ = why;
  out.said.emplace_back(log_level::error, why);
}

void process_crew::decide(decisions& out) {
  if (!broken_.empty()) {
    while (auto task = line_.pop_front()) {
      out.failed.emplace_back(std::move(task), infrastructure_failure(broken_));
    }
  }
  workers_.distribute(line_, out.sent_to);
  const auto now = clock::now();
  start_missing(out, now);
  retire_idle(out, now);
  stop_done(out);
}

void process_crew::retire_idle(decisions& out, clock::time_point now) {
  if (!recycling_.looks_at_idleness()) return;
  auto staying = workers_.count().staying;
  std::optional<clock::time_point> next;
  for (const auto& [process, each] : workers_.all()) {
    if (!each->takes_tasks() || each->in_hand() != 0) continue;
    if (each->now == phase::serving && staying <= idle_workers_min_) continue;
    const auto until = recycling_.idle_until(each->idle_since);
    if (!until) continue;
    if (*until <= now) {
      if (each->now == phase::serving) --staying;
      each->now = phase::retired;
    } else {
      next = std::min(next.value_or(*until), *until);
    }
  }
  if (next) look_at(next_idle_look_, *next, out);
}

std::size_t process_crew::wanted(const worker_hands::census& there) const {
  const auto out = staffing_.wanted(there.busy, there.in_hand, line_.size(), closed_);
  if (!recycling_.looks_at_idleness() || out <= there.staying) return out;
  // Home may know of an end before this does; nobody is started for a task that is over.
  std::size_t unended = 0;
  for (const auto& [process, each] : workers_.all()) {
    if (each->in_hand() != 0) unended += each->unended();
  }
  return staffing_.wanted(there.busy, unended, line_.size(), closed_);
}

void process_crew::start_missing(decisions& out, clock::time_point now) {
  if (!broken_.empty()) return;
  const auto there = workers_.count();
  const auto all = wanted(there);
  const auto needed = std::min(all, there.busy + line_.size());
  const auto plan = staffing_.start(all, needed, there.staying, now);
  out.starts = plan.starts;
  if (!plan.look_again) return;
  const auto next = staffing_.next();
  if (!look_at(next_start_look_, next, out) || next <= now) return;
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
  out.said.emplace_back(
      log_level::warning,
      "the next worker process is started after a pause of " + std::to_string(pause) +
          " ms, because " +
          (staffing_.last_failed() ? "the last one came to nothing" : "too many have died lately") +
          "; " + std::to_string(there.staying) + " of " + std::to_string(all) +
          " are there, tasks that wait: " + std::to_string(line_.size()));
}

void process_crew::stop_done(decisions& out) {
  const bool all = (closed_ || !broken_.empty()) && line_.empty() && workers_.count().in_hand == 0;
  for (const auto& [process, each] : workers_.all()) {
    if (each->now == phase::stopped || each->in_hand() != 0) continue;
    if (!all && each->now != phase::retired) continue;
    each->now = phase::stopped;
    out.stopped.push_back(each->process());
  }
}

// Returns false if there is such a look already.
bool process_crew::look_at(std::optional<clock::time_point>& armed, clock::time_point when,
                           decisions& out) {
  if (armed && *armed <= when) return false;
  armed = when;
  out.looks.push_back(when);
  return true;
}

void process_crew::look_again() {
  decisions what;
  {
    sync::lock held(mutex_);
    const auto now = clock::now();
    for (auto* const armed : {&next_start_look_, &next_idle_look_}) {
      if (*armed && **armed <= now) armed->reset();
    }
    decide(what);
  }
  carry_out(what);
}

void process_crew::carry_out(decisions& what) {
  for (const auto& [level, text] : what.said) log::line(log_room::pool, level, "{}", text);
  for (const auto& each : what.sent_to) each->flush();
  for (auto& each : what.abandoned) end(std::move(each), task_hearing::abandonment());
  for (auto& [task, why] : what.failed) end(std::move(task), std::move(why));
  for (const auto& each : what.stopped) each->stop(stop_time);
  for (const auto when : what.looks) {
    host_->lanes().call_at(when, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->look_again();
    });
  }
  if (what.starts != 0) launch(what.starts);
}

// After all that it has said.
void process_crew::end(ref<task_record> task, task_hearing::item how) {
  auto& where = task_place::of(*task);
  where.order = {};
  if ((!where.quick && task->holds_values()) || !hearing_->is_through(where.unheard)) {
    hearing_->add(std::move(task), where.unheard, std::move(how));
  } else if (const auto* const why = std::get_if<failure>(&how)) {
    task_record::fail(std::move(task), *why);
  } else {
    task_record::abandon(std::move(task));
  }
}

void process_crew::launch(std::size_t count) {
  // Not here: this may be home, and starting a process takes about a millisecond.
  try {
    std::thread([self = shared_from_this(), count] { self->start(count); }).detach();
  } catch (const std::system_error&) {
    // Where no thread can be had there is one that has to wait.
    host_->lanes().post([self = shared_from_this(), count] { self->start(count); });
  }
}

void process_crew::start(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    try {
      node::start(*host_, shared_from_this(), options_);
    } catch (const context_closed& ended) {
      could_not_start(ended.what(), true);
    } catch (const std::exception& error) {
      log::line(log_room::pool, log_level::error, "{}", error.what());
      could_not_start(error.what(), false);
    }
  }
}

void process_crew::could_not_start(const std::string& why, bool for_ever) {
  decisions what;
  {
    sync::lock held(mutex_);
    staffing_.failed(clock::now());
    if (for_ever) {
      if (broken_.empty()) broken_ = why;
    } else if (workers_.all().empty() && staffing_.starting() == 0) {
      while (auto task = line_.pop_front()) {
        what.failed.emplace_back(std::move(task), infrastructure_failure(why));
      }
    }
    decide(what);
  }
  carry_out(what);
}

}  // namespace offstage
