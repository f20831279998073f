#include "actors/pool/thread_pool.h"

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "actors/caf/control_system.h"
#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/pool/cpu_count.h"
#include "actors/pool/crew.h"
#include "actors/pool/pool_actor.h"
#include "actors/task/describe_exception.h"

namespace offstage {
namespace {

constexpr int worker_count_max = 4096;

// A worker is free a moment after the final message of its task; this is that moment, with room.
constexpr std::chrono::milliseconds settling_time{200};

std::size_t checked(std::optional<int> worker_count) {
  if (!worker_count) return static_cast<std::size_t>(usable_cpus());
  if (*worker_count < 1 || *worker_count > worker_count_max) {
    throw invalid_options("pool_options::worker_count: expected 1 to " +
                          std::to_string(worker_count_max) + ", found " +
                          std::to_string(*worker_count));
  }
  return static_cast<std::size_t>(*worker_count);
}

ref<pool_actor> make_pool_actor() {
  auto actor = make_inline_actor<pool_actor>();
  return ref<pool_actor>(static_cast<pool_actor*>(caf::actor_cast<caf::abstract_actor*>(actor)));
}

// Once in each thread of a crew, which is no other crew's.
std::optional<failure> prepare_this_thread(const worker_initializer& initializer,
                                           pool_actor& pool) {
  thread_local bool prepared = false;
  if (prepared) return std::nullopt;
  if (auto why = pool.broken()) return why;
  try {
    initializer.body().run();
    prepared = true;
    return std::nullopt;
  } catch (...) {
    const auto thrown = describe_exception(std::current_exception());
    failure why;
    why.kind = failure_kind::infrastructure;
    why.what = "no worker thread can be had: the initializer raised " + thrown.summary();
    log::line(log_room::pool, log_level::error, "{}", why.what);
    pool.break_down(why);
    return why;
  }
}

}  // namespace

thread_pool::thread_pool(std::shared_ptr<const context_anchor> made_by, pool_options options)
    : worker_pool(std::move(made_by)),
      worker_count_(checked(options.worker_count)),
      initializer_(std::move(options.initializer)),
      actor_(make_pool_actor()) {}

thread_pool::~thread_pool() { thread_pool::close(); }

void thread_pool::submit(ref<task_record> task) {
  start();
  if (!actor_->submit(std::move(task))) {
    throw pool_closed("worker_pool::submit: expected an open pool, found a closed one");
  }
}

void thread_pool::start() {
  std::lock_guard lock(mutex_);
  if (crew_ || actor_->closed()) return;
  std::function<std::optional<failure>()> prepare;
  if (initializer_) {
    prepare = [actor = actor_, initializer = initializer_] {
      return prepare_this_thread(initializer, *actor);
    };
  }
  crew_ = std::make_unique<crew>(worker_count_, prepare,
                                 [actor = actor_](std::size_t worker) { actor->freed(worker); });
  actor_->staff(crew_->workers());
  log::line(log_room::pool, log_level::debug, "pool started {} workers", worker_count_);
}

void thread_pool::cancel(const ref<task_record>& task) noexcept { actor_->cancel(task); }

void thread_pool::close() {
  std::unique_ptr<crew> ending;
  {
    std::lock_guard lock(mutex_);
    actor_->close();
    ending = std::move(crew_);
  }
  if (!ending) return;
  // The usual case: all tasks have ended, and the threads are joined here.
  if (!ending->has_this_thread() && actor_->await_idle(deadline_after(settling_time))) {
    actor_->dismiss();
    ending = nullptr;
    return;
  }
  log::line(log_room::pool, log_level::info,
            "pool closed while tasks run; its threads end when these have ended");
  // Joined by a thread of its own, which starts when the last task has ended, if it ever does.
  actor_->when_idle([actor = actor_, left = ending.release()] {
    std::thread([actor, left] {
      actor->dismiss();
      delete left;
    }).detach();
  });
}

bool thread_pool::closed() const noexcept { return actor_->closed(); }

}  // namespace offstage
