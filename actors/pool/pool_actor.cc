#include "actors/pool/pool_actor.h"

#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/sec.hpp>

#include <utility>

#include "actors/caf/mail_message.h"
#include "messages/command.h"

namespace offstage {

pool_actor::pool_actor(caf::actor_config& config) : caf::monitorable_actor(config) {}

void pool_actor::staff(std::vector<caf::actor> workers) {
  std::lock_guard lock(mutex_);
  workers_ = std::move(workers);
  free_.clear();
  for (auto i = workers_.size(); i != 0; --i) free_.push_back(i - 1);
}

bool pool_actor::submit(ref<task_record> task) {
  caf::actor worker;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    if (!broken_) {
      if (free_.empty()) {
        line_.push_back(std::move(task));
        return true;
      }
      worker = workers_[free_.back()];
      free_.pop_back();
    }
  }
  if (!worker) {  // It is broken, and that does not change any more.
    task_record::fail(std::move(task), *broken_);
    return true;
  }
  assign(worker, std::move(task));
  return true;
}

void pool_actor::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}

bool pool_actor::closed() {
  std::lock_guard lock(mutex_);
  return closed_;
}

void pool_actor::cancel(const ref<task_record>& task) {
  ref<task_record> waiting;
  {
    std::lock_guard lock(mutex_);
    waiting = line_.remove(*task);
  }
  if (waiting) {
    task_record::abandon(std::move(waiting));
  } else if (task->takes_stop_token()) {
    stopper_.post(task);
  }
}

void pool_actor::break_down(const failure& why) {
  std::vector<ref<task_record>> waiting;
  {
    std::lock_guard lock(mutex_);
    if (broken_) return;
    broken_ = why;
    while (auto task = line_.pop_front()) waiting.push_back(std::move(task));
  }
  for (auto& each : waiting) task_record::fail(std::move(each), why);
}

std::optional<failure> pool_actor::broken() {
  std::lock_guard lock(mutex_);
  return broken_;
}

void pool_actor::freed(std::size_t worker) {
  caf::actor next_for;
  ref<task_record> task;
  std::function<void()> call;
  {
    std::lock_guard lock(mutex_);
    task = line_.pop_front();
    if (task) {
      next_for = workers_[worker];
    } else {
      free_.push_back(worker);
      if (idle()) {
        became_idle_.notify_all();
        call.swap(when_idle_);
      }
    }
  }
  if (task) assign(next_for, std::move(task));
  if (call) call();
}

bool pool_actor::await_idle(deadline end) {
  std::unique_lock lock(mutex_);
  const auto now_idle = [this] { return idle(); };
  if (end) return became_idle_.wait_until(lock, *end, now_idle);
  became_idle_.wait(lock, now_idle);
  return true;
}

void pool_actor::when_idle(std::function<void()> function) {
  {
    std::lock_guard lock(mutex_);
    if (!idle()) {
      when_idle_ = std::move(function);
      return;
    }
  }
  function();
}

void pool_actor::dismiss() {
  std::vector<caf::actor> dropped;
  std::lock_guard lock(mutex_);
  dropped.swap(workers_);
  free_.clear();
}

void pool_actor::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  if (element == nullptr) return;
  caf::detail::sync_request_bouncer{caf::make_error(caf::sec::unexpected_message)}(*element);
}

void pool_actor::assign(const caf::actor& worker, ref<task_record> task) {
  auto words = make_run_task(task->id(), {payload_kind::slot});
  // Without an execution unit: the worker's own system is to run it, on its own threads.
  caf::actor_cast<caf::abstract_actor*>(worker)->enqueue(
      caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                mail{std::move(words), std::move(task)}),
      nullptr);
}

}  // namespace offstage
