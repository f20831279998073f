#include "actors/pool/process_pool.h"

#include <exception>
#include <filesystem>
#include <string>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/node/worker_entry.h"
#include "actors/pool/cpu_count.h"
#include "actors/pool/process_crew.h"
#include "actors/worker/worker_initializer.h"

namespace offstage {
namespace {

constexpr int worker_count_max = 1024;
constexpr std::size_t initializer_size_max_bytes = std::size_t{64} << 20;

std::size_t checked(std::optional<int> worker_count) {
  const int out = worker_count.value_or(usable_cpus());
  if (out < 1 || out > worker_count_max) {
    throw invalid_options("pool_options::worker_count: expected 1 to " +
                          std::to_string(worker_count_max) + " processes, found " +
                          std::to_string(out));
  }
  return static_cast<std::size_t>(out);
}

std::shared_ptr<const node_options> node_options_of(const pool_options& options) {
  auto out = std::make_shared<node_options>();
  out->environment = worker_environment(options.processes.environment);
  if (const auto& where = options.processes.working_directory; !where.empty()) {
    out->working_directory = std::filesystem::absolute(where);
  }
  out->memory_max_bytes = options.processes.memory_max.value_or(0);
  out->initializer_time_max = options.processes.initializer_time_max.time();
  out->start_time_max = options.processes.start_time_max.time();
  if (options.initializer) {
    out->initializer = bytes_of(options.initializer.body());
    if (out->initializer.size() > initializer_size_max_bytes) {
      throw not_transferable("an initializer: expected arguments of up to 64 MiB, found " +
                             std::to_string(out->initializer.size()) + " bytes");
    }
  }
  return out;
}

// Does what may fail for want of memory where nothing may.
template <class Function>
void attempt(const char* what, Function function) noexcept {
  try {
    function();
  } catch (const std::exception& error) {
    log::line(log_room::pool, log_level::error, "a pool of processes cannot be {}: {}", what,
              error.what());
  }
}

}  // namespace

process_pool::process_pool(std::shared_ptr<const context_anchor> made_by,
                           const pool_options& options, std::shared_ptr<node_host> host)
    : worker_pool(std::move(made_by)) {
  const auto count = checked(options.worker_count);
  require_valid(options.processes, count);
  crew_ = process_crew::make(count, std::move(host), options.processes, node_options_of(options));
}

process_pool::~process_pool() {
  if (crew_->elsewhere()) {
    process_crew::keep(std::move(crew_));
  } else {
    attempt("closed", [this] { crew_->close(); });
  }
}

void process_pool::submit(ref<task_record> task) {
  if (!crew_->submit(std::move(task))) {
    throw pool_closed("worker_pool::submit: expected an open pool, found a closed one");
  }
}

void process_pool::cancel(const ref<task_record>& task) noexcept {
  attempt("told of a cancel", [&] { crew_->cancel(task); });
}

void process_pool::terminate(const ref<task_record>& task, time_limit grace) noexcept {
  attempt("told to end a task", [&] { crew_->terminate(task, grace); });
}

std::size_t process_pool::worker_count() const noexcept { return crew_->worker_count(); }

void process_pool::close() {
  if (!crew_->elsewhere()) crew_->close();
}

bool process_pool::closed() const noexcept { return crew_->closed(); }

std::vector<int> process_pool::worker_ids() const { return crew_->worker_ids(); }

}  // namespace offstage
