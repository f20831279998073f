#include "actors/pool/thread_pool.h"

#include <optional>
#include <string>
#include <utility>

#include "actors/caf/control_system.h"
#include "actors/errors/errors.h"
#include "actors/pool/cpu_count.h"
#include "actors/pool/thread_assigner.h"

namespace offstage {
namespace {

constexpr int worker_count_max = 4096;

std::size_t checked(std::optional<int> worker_count) {
  if (!worker_count) return static_cast<std::size_t>(usable_cpus());
  if (*worker_count < 1 || *worker_count > worker_count_max) {
    throw invalid_options("pool_options::worker_count: expected 1 to " +
                          std::to_string(worker_count_max) + ", found " +
                          std::to_string(*worker_count));
  }
  return static_cast<std::size_t>(*worker_count);
}

}  // namespace

thread_pool::thread_pool(std::shared_ptr<const context_anchor> made_by, pool_options options)
    : worker_pool(std::move(made_by)),
      worker_count_(checked(options.worker_count)),
      assigner_(new thread_assigner(worker_count_, std::move(options.initializer))) {
  // Made now, because that takes a thread for a moment, and later there may be none.
  control_system();
}

thread_pool::~thread_pool() { assigner_->close(); }

void thread_pool::submit(ref<task_record> task) {
  if (!assigner_->submit(std::move(task))) {
    throw pool_closed("worker_pool::submit: expected an open pool, found a closed one");
  }
}

void thread_pool::cancel(const ref<task_record>& task) noexcept { assigner_->cancel(task); }

void thread_pool::close() { assigner_->close(); }

bool thread_pool::closed() const noexcept { return assigner_->closed(); }

std::vector<ref<worker>> thread_pool::workers() const { return assigner_->workers(); }

}  // namespace offstage
