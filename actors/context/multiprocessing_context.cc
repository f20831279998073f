#include "actors/context/multiprocessing_context.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "actors/context/ending.h"
#include "actors/context/process_event.h"
#include "actors/errors/errors.h"
#include "actors/node/node_host.h"
#include "actors/node/segment_library.h"
#include "actors/node/worker_entry.h"
#include "actors/pool/process_pool.h"

namespace offstage {
namespace {

constexpr int depth_max = 8;

std::string checked(std::string executable) {
  if (worker_entry_missed()) {
    throw worker_entry_missing(
        "multiprocessing_context: expected `offstage::worker_entry(argc, argv)` as the first "
        "statement of `main`, found that it was not called in a program that was started as a "
        "worker process");
  }
  if (has_privileges_of_its_file()) {
    throw invalid_options(
        "multiprocessing_context: expected a program with the privileges of its user, found one "
        "with those of its file (set-user-ID, set-group-ID or capabilities), which has no worker "
        "processes");
  }
  if (executable.empty()) {
    if (!worker_entry_called()) {
      throw worker_entry_missing(
          "multiprocessing_context: expected `offstage::worker_entry(argc, argv)` as the first "
          "statement of `main`, found that it was not called");
    }
    // This very file, also when it was renamed or deleted.
    executable = "/proc/self/exe";
  } else if (::access(executable.c_str(), X_OK) != 0) {
    throw invalid_options("multiprocessing_options::executable: expected a program, found " +
                          executable);
  }
  if (worker_depth() >= depth_max) {
    throw invalid_options("multiprocessing_context: expected at most " + std::to_string(depth_max) +
                          " worker processes inside each other");
  }
  return executable;
}

[[noreturn]] void refuse_preload() {
  throw invalid_options(
      "multiprocessing_options::preload: expected start method forkserver, found spawn");
}

node_host::setup checked(multiprocessing_options options) {
  if (options.method == start_method::spawn && !options.preload.empty()) refuse_preload();
  return {checked(std::move(options.executable)),
          options.method,
          std::move(options.preload),
          options.preload_errors,
          options.untrusted_workers ? segment_reading::copied : segment_reading::in_place,
          worker_environment({})};
}

}  // namespace

multiprocessing_context::multiprocessing_context(multiprocessing_options options)
    : host_(node_host::make(checked(std::move(options)))) {}

multiprocessing_context::~multiprocessing_context() { finish(); }

start_method multiprocessing_context::method() const noexcept { return host_->method(); }

void multiprocessing_context::preload(preload_step step) {
  if (method() == start_method::spawn) refuse_preload();
  if (!host_->preload(std::move(step))) {
    throw preload_too_late(
        "multiprocessing_context::preload: expected a context without workers, found one whose "
        "fork server runs");
  }
}

std::shared_ptr<worker_pool> multiprocessing_context::do_make_pool(pool_options options) {
  return std::make_shared<process_pool>(anchor(), options, host_);
}

event multiprocessing_context::do_make_event() {
  return event(std::make_shared<process_event>(shared_flags::own()));
}

void multiprocessing_context::do_close() noexcept {
  const ending together;
  host_->end(together.until());
}

}  // namespace offstage
