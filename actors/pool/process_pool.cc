#include "actors/pool/process_pool.h"

#include <string>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/pool/cpu_count.h"
#include "actors/pool/process_crew.h"

namespace offstage {
namespace {

constexpr int worker_count_max = 1024;

std::size_t checked(std::optional<int> worker_count) {
  const int out = worker_count.value_or(usable_cpus());
  if (out < 1 || out > worker_count_max) {
    throw invalid_options("pool_options::worker_count: expected 1 to " +
                          std::to_string(worker_count_max) + " processes, found " +
                          std::to_string(out));
  }
  return static_cast<std::size_t>(out);
}

}  // namespace

process_pool::process_pool(std::shared_ptr<const context_anchor> made_by, pool_options options,
                           std::shared_ptr<node_host> host)
    : worker_pool(std::move(made_by)),
      crew_(std::make_shared<process_crew>(checked(options.worker_count), std::move(host))) {}

process_pool::~process_pool() { crew_->close(); }

void process_pool::submit(ref<task_record> task) {
  if (!crew_->submit(std::move(task))) {
    throw pool_closed("worker_pool::submit: expected an open pool, found a closed one");
  }
}

void process_pool::cancel(const ref<task_record>& task) noexcept { crew_->cancel(task); }

void process_pool::terminate(const ref<task_record>& task,
                             std::chrono::nanoseconds grace) noexcept {
  crew_->terminate(task, grace);
}

std::size_t process_pool::worker_count() const noexcept { return crew_->worker_count(); }

void process_pool::close() { crew_->close(); }

bool process_pool::closed() const noexcept { return crew_->closed(); }

std::vector<int> process_pool::worker_ids() const { return crew_->worker_ids(); }

}  // namespace offstage
