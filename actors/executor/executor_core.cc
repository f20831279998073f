#include "actors/executor/executor_core.h"

#include <string>
#include <utility>

#include "actors/context/multithreading_context.h"
#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/loop/doorbell.h"
#include "actors/loop/loop.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds finish_time{2};

}  // namespace

std::string_view to_string(executor_state state) noexcept {
  switch (state) {
    case executor_state::running:
      return "running";
    case executor_state::stopping:
      return "stopping";
    case executor_state::stopped:
      return "stopped";
  }
  return "unknown";
}

std::shared_ptr<executor_core> executor_core::make(loop& home, executor_parts parts) {
  auto made = std::make_shared<executor_core>(home, std::move(parts));
  made->anchor_->context.load()->enter(made);
  return made;
}

executor_core::executor_core(loop& home, executor_parts parts)
    : bell_(home.bell()),
      loop_(&home),
      pool_(std::move(parts.pool)),
      make_future_(std::move(parts.make_future)) {
  require_home("executor::executor");
  const auto refuse_with_pool = [&](bool given, const char* what) {
    if (!pool_ || !given) return;
    throw invalid_options(std::string("executor: expected a pool or ") + what + ", found both");
  };
  refuse_with_pool(parts.own.worker_count.has_value(), "a worker count");
  refuse_with_pool(static_cast<bool>(parts.own.initializer), "an initializer");
  refuse_with_pool(parts.own.processes != worker_care{}, "care for processes");
  auto* context = parts.context;
  if (pool_ && context == nullptr) {
    context = pool_->made_by() ? pool_->made_by()->context.load() : nullptr;
    if (context == nullptr) {
      throw context_closed("executor: expected a pool of an open context, found its context gone");
    }
  }
  if (pool_ && pool_->made_by() != context->anchor()) {
    throw pool_mismatch(
        "executor: expected a pool that the given context made, found one of another context");
  }
  if (context == nullptr) {
    own_context_ = std::make_unique<multithreading_context>();
    context = own_context_.get();
  }
  anchor_ = context->anchor();
  if (!pool_) {
    pool_ = context->make_pool(parts.own);
    own_pool_ = true;
  }
}

executor_core::~executor_core() {
  for (const auto& future : open_.snapshot()) future->disown();
  if (own_pool_) pool_->close();
  if (open_.empty()) return;
  if (bell_->home().here()) {
    bell_->release();
  } else {
    bell_->call_soon([bell = bell_] { bell->release(); });
  }
}

ref<future_core> executor_core::submit(prepared_task task) {
  require_home("executor::submit");
  require_running("executor::submit");
  if (!task.record) {
    throw task_taken(
        "executor::submit: expected a prepared task, found one that was submitted or moved from "
        "before");
  }
  auto& router = routed();
  auto& record = task.record;
  auto future = make_future_(record, this);
  future->set_middle(std::move(task.middle));
  record->connect(router.open_pipe(future));
  if (open_.empty()) bell_->hold();
  open_.add(future);
  try {
    pool_->submit(record);
  } catch (...) {
    // A refused submission leaves nothing behind.
    record->connect(sender());
    router.close_pipe(*future);
    remove(*future);
    throw;
  }
  return future;
}

void executor_core::stop() {
  require_home("executor::stop");
  require_running("executor::stop");
  auto self = shared_from_this();
  begin_stop();
  if (state_ == executor_state::stopping && open_.empty()) complete_stop();
}

shutdown_result executor_core::shutdown(time_limit limit) {
  require_home("executor::shutdown");
  auto self = shared_from_this();
  const auto end = deadline_after(limit);
  if (state_ == executor_state::running) begin_stop();
  // An observer of the stop comes here before the tasks have been cancelled.
  cancel_open();
  if (!open_.empty()) {
    // Observers of the stop took of the time, too.
    router_->route_until([this] { return open_.empty(); }, time_until(end));
  }
  if (!open_.empty()) return {false, open_.size()};
  if (state_ == executor_state::stopping) complete_stop();
  return {true, 0};
}

void executor_core::finish() noexcept {
  if (bell_->home().here()) {
    finish_within(finish_time);
  } else if (state_ != executor_state::stopped) {
    log::line(log_room::executor, log_level::error,
              "an executor was destroyed away from its home; it ends at home's next turn");
    bell_->call_soon([self = shared_from_this()] { self->finish_within(finish_time); });
  }
}

subscription executor_core::observe(executor_event event, callback<executor_state> call) {
  require_home("executor::on_...");
  return observers_.add(event, std::move(call));
}

// The state is a new one.
void executor_core::add_change(executor_event which) { changes_.add(which, state_); }

void executor_core::tell() noexcept {
  changes_.tell([this] { return observers_.newest(); },
                [this](auto& change) {
                  return observers_.tell_next(bell_.get(), change.event, change.told, change.last,
                                              change.value);
                });
  if (state_ == executor_state::stopped) observers_.clear();
}

// An observer that makes a change has the others hear of it after itself. A nested loop in it comes
// to them sooner.
void executor_core::tell_or_soon() noexcept {
  if (!changes_.telling()) return tell();
  bell_->call_soon([self = shared_from_this()] { self->tell(); });
}

parallel_context& executor_core::context() const {
  if (auto* const context = anchor_->context.load()) return *context;
  throw context_closed("executor::context: expected a context, found it gone");
}

void executor_core::context_ends() noexcept {
  // The user's context is going; the pool lives on as long as somebody holds it.
  if (bell_->home().here()) {
    finish_within(finish_time);
    return;
  }
  bell_->call_soon([weak = weak_from_this()] {
    auto self = weak.lock();
    if (self && self->state_ == executor_state::running) self->stop();
  });
}

void executor_core::cancel_task(future_core& of) noexcept {
  // Destructors of the user's may end the future meanwhile, and this executor.
  const auto record = of.record();
  const auto pool = pool_;
  pool->cancel(record);
}

void executor_core::terminate_task(future_core& of, time_limit grace) noexcept {
  const auto record = of.record();
  const auto pool = pool_;
  pool->terminate(record, grace);
}

std::shared_ptr<future_core::owner> executor_core::ended(future_core& which) noexcept {
  // From here on the task counts as ended, so that observers of its end may shut down.
  auto self = shared_from_this();
  router_->close_pipe(which);
  remove(which);
  return self;
}

void executor_core::told() noexcept {
  if (state_ == executor_state::stopping && open_.empty()) complete_stop();
  // A message has ended the last task, so observers are told now, also within a nested loop.
  if (state_ == executor_state::stopped) tell();
}

void executor_core::remove(future_core& which) noexcept {
  if (open_.remove(which) && open_.empty()) bell_->release();
}

void executor_core::require_home(const char* call) const { bell_->home().require(call); }

void executor_core::require_running(const char* call) const {
  if (state_ == executor_state::running) return;
  throw executor_not_running(std::string(call) +
                             ": expected a running executor, found one that is " +
                             std::string(to_string(state_)));
}

message_router& executor_core::routed() {
  if (!router_) {
    if (bell_->closed()) throw loop_gone("executor::submit: expected a loop, found it gone");
    auto made = context().make_router(*loop_);
    made->start();
    router_ = std::move(made);
  }
  return *router_;
}

void executor_core::begin_stop() {
  state_ = executor_state::stopping;
  log::line(log_room::executor, log_level::debug, "executor stopping, {} tasks open", open_.size());
  add_change(executor_event::state);
  add_change(executor_event::running);
  tell_or_soon();
  cancel_open();
}

void executor_core::cancel_open() {
  // Observers may do anything meanwhile, so this goes over the futures as they are now.
  for (const auto& future : open_.snapshot()) future->cancel();
}

void executor_core::complete_stop() noexcept {
  if (router_) router_->stop();
  if (own_pool_) pool_->close();
  if (auto* const context = anchor_->context.load()) context->leave(*this);
  if (own_context_) own_context_->close();
  state_ = executor_state::stopped;
  log::line(log_room::executor, log_level::debug, "executor stopped");
  add_change(executor_event::state);
  add_change(executor_event::stopped);
  tell_or_soon();
}

void executor_core::finish_within(time_limit limit) noexcept {
  auto self = shared_from_this();
  if (state_ == executor_state::stopped) return;
  const auto ended = shutdown(limit);
  if (ended.stopped) return;
  log::line(log_room::executor, log_level::warning,
            "executor destroyed while {} tasks still run; they are left alone",
            ended.still_running);
  for (const auto& future : open_.snapshot()) future->give_up();
  if (state_ != executor_state::stopped) complete_stop();
}

}  // namespace offstage
