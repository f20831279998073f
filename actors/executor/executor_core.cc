#include "actors/executor/executor_core.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "actors/context/ending.h"
#include "actors/context/multithreading_context.h"
#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/loop/calling_out.h"
#include "actors/loop/doorbell.h"
#include "actors/loop/loop.h"

namespace offstage {
namespace {

using clock = std::chrono::steady_clock;

// A process that is killed is gone after a few milliseconds.
constexpr std::chrono::milliseconds kill_time{100};

// Does what may fail where nothing may: pools, routers and contexts of the user's own, and memory.
template <class Function>
void attempt(const char* what, Function function) noexcept {
  try {
    function();
  } catch (const std::exception& error) {
    log::line(log_room::executor, log_level::error, "executor: cannot {}: {}", what, error.what());
  } catch (...) {
    log::line(log_room::executor, log_level::error,
              "executor: cannot {}: something was thrown that is no std::exception", what);
  }
}

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
  made->users_->enter(made);
  return made;
}

executor_core::executor_core(loop& home, executor_parts parts)
    : bell_(home.bell()),
      loop_(&home),
      pool_(std::move(parts.pool)),
      make_future_(std::move(parts.make_future)) {
  bell_->home().require("executor::executor");
  if (bell_->closed()) throw loop_gone("executor::executor: expected a loop, found it gone");
  const auto refuse_with_pool = [&](bool given, const char* what) {
    if (!pool_ || !given) return;
    throw invalid_options(std::string("executor: expected a pool or ") + what + ", found both");
  };
  refuse_with_pool(parts.own.worker_count.has_value(), "a worker count");
  refuse_with_pool(static_cast<bool>(parts.own.initializer), "an initializer");
  refuse_with_pool(parts.own.processes != worker_care{}, "care for processes");
  auto* context = parts.context;
  std::optional<context_users::call> use;  // The context of a pool may go at any time.
  if (pool_ && context == nullptr) {
    const auto& made_by = pool_->made_by();
    if (!made_by || !made_by->users) {
      throw context_closed("executor: expected a pool of an open context, found its context gone");
    }
    use.emplace(made_by->users->use("executor"));
    context = &**use;
  }
  if (pool_ && pool_->made_by() != context->anchor()) {
    throw pool_mismatch(
        "executor: expected a pool that the given context made, found one of another context");
  }
  if (context == nullptr) {
    own_context_ = std::make_unique<multithreading_context>();
    context = own_context_.get();
  }
  users_ = context->users();
  users_->require_process("executor::executor");
  if (!pool_) {
    pool_ = context->make_pool(parts.own);
    own_pool_ = true;
  }
}

executor_core::~executor_core() {
  open_.visit([](future_core& each) { each.disown(); });
  if (own_pool_) attempt("close its pool", [this] { pool_->close(); });
  if (open_.empty()) return;
  if (bell_->home().here()) {
    bell_->release();
  } else {
    attempt("let its loop end", [this] { bell_->call_soon([bell = bell_] { bell->release(); }); });
  }
}

ref<future_core> executor_core::submit(prepared_task task) {
  require_here("executor::submit");
  require_running("executor::submit");
  if (!task.record) {
    throw task_taken(
        "executor::submit: expected a prepared task, found one that was submitted or moved from "
        "before");
  }
  if (bell_->closed()) throw loop_gone("executor::submit: expected a loop, found it gone");
  auto& router = routed();
  auto& record = task.record;
  auto future = make_future_(record, this);
  future->set_middle(std::move(task.middle));
  record->connect(router.open_pipe(future));
  if (open_.empty()) {
    bell_->hold();
    ending::begin_anew();
  }
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

void executor_core::stop(time_limit grace) {
  require_here("executor::stop");
  require_running("executor::stop");
  auto self = shared_from_this();
  begin_stop();
  end_by_force(grace);
  if (state_ == executor_state::stopping && open_.empty()) complete_stop();
}

shutdown_result executor_core::shutdown(time_limit limit, time_limit grace) {
  require_here("executor::shutdown");
  auto self = shared_from_this();
  const auto begin = clock::now();
  const auto end = deadline_after(limit, begin);
  if (state_ == executor_state::running) begin_stop();
  if (const auto force_at = deadline_after(grace, begin)) {
    deliver_until(end ? std::min(*end, *force_at) : *force_at);
    // Those of a grace that has passed are out of their time, and not ended at once.
    const time_limit least = std::chrono::nanoseconds(grace.none() ? 0 : 1);
    end_by_force(std::max(time_until(force_at), least));
  }
  deliver_until(end);
  if (!open_.empty()) return {false, open_.size()};
  if (state_ == executor_state::stopping) complete_stop();
  return {true, 0};
}

// Finishes an executor at home: in the turn that it is called in; or else when it is destroyed,
// which is when the loop ends before that turn.
class executor_core::last_turn {
 public:
  explicit last_turn(std::shared_ptr<executor_core> core) noexcept : core_(std::move(core)) {}
  ~last_turn() {
    if (!core_) return;
    if (core_->bell_->home().here()) {
      core_->finish_after_another_thread();
    } else if (core_->bell_->closed()) {
      core_->finish_without_home();
    }
  }
  last_turn(const last_turn&) = delete;
  last_turn& operator=(const last_turn&) = delete;

  void take() { std::exchange(core_, nullptr)->finish_after_another_thread(); }

 private:
  std::shared_ptr<executor_core> core_;
};

void executor_core::let_go(std::shared_ptr<executor_core> core) noexcept {
  if (!core) return;
  if (core->users_->elsewhere()) {
    // Nothing of it is destroyed: threads that the copy does not have may hold its locks.
    auto& kept = core->kept_;
    kept = std::move(core);
    return;
  }
  if (core->bell_->home().here()) return core->finish();
  attempt("end at home", [&] {
    const auto bell = core->bell_;
    auto last = std::make_shared<last_turn>(std::move(core));
    bell->call_soon([last = std::move(last)] { last->take(); });
  });
}

subscription executor_core::observe(executor_event event, callback<executor_state> call) {
  require_here("executor::on_...");
  if (bell_->closed()) throw loop_gone("executor::on_...: expected a loop, found it gone");
  if (!has_happened(event) || changes_.will_tell(event)) {
    return observers_.add(event, std::move(call));
  }
  // Late observers have a list of their own, which lives until the loop's next turn.
  auto late = std::make_unique<observers<executor_event, executor_state>>();
  auto added = late->add(event, std::move(call));
  bell_->call_soon([late = std::move(late), event, self = shared_from_this()] {
    late->notify(self->bell_.get(), event, self->state_);
  });
  return added;
}

bool executor_core::has_happened(executor_event event) const noexcept {
  switch (event) {
    case executor_event::running:
      return state_ != executor_state::running;
    case executor_event::state:
    case executor_event::stopped:
      return state_ == executor_state::stopped;
  }
  return false;
}

// The state is a new one.
void executor_core::add_change(executor_event which) { changes_.add(which, state_); }

void executor_core::tell() noexcept {
  changes_.tell([this] { return observers_.newest(); },
                [this](auto& change) { return tell_next(change); });
  if (state_ != executor_state::stopped || observers_.empty()) return;
  const calling_out now(bell_.get());
  observers_.clear();
}

bool executor_core::tell_next(change_line<executor_event, executor_state>::change& which) noexcept {
  const int left = observers_.left(which.event, which.told, which.last);
  if (left == 0) return false;
  // A loop in the observer waits, perhaps, for what is told after this.
  if (left > 1 || changes_.is_followed([&](auto event) { return observers_.any(event); })) {
    tell_soon();
  }
  return observers_.tell_next(bell_.get(), which.event, which.told, which.last, which.value);
}

// An observer that makes a change has the others hear of it after itself. A nested loop in it comes
// to them sooner.
void executor_core::tell_or_soon() noexcept {
  if (!changes_.telling()) return tell();
  tell_soon();
}

void executor_core::tell_soon() noexcept {
  bell_->call_soon([self = shared_from_this()] { self->tell(); });
}

parallel_context& executor_core::context() const {
  require_here("executor::context");
  return *users_->use("executor::context");
}

void executor_core::context_ends() noexcept {
  // The user's context is going; the pool lives on as long as somebody holds it.
  if (users_->elsewhere()) return;
  attempt("stop with its context", [this] {
    if (bell_->home().here()) {
      // Without a loop another thread may be ending it.
      if (!bell_->closed() && state_ == executor_state::running) stop();
      return;
    }
    bell_->call_soon([weak = weak_from_this()] {
      auto self = weak.lock();
      if (self && self->state_ == executor_state::running) self->stop();
    });
  });
}

void executor_core::end_with_context() noexcept {
  if (users_->elsewhere() || !bell_->home().here()) return;
  if (!bell_->closed()) return finish();
  end_without_loop([this] { finish(); });
}

// Whoever lets go of the last handle, in any thread, and a context that goes where home was may
// come here at the same time.
template <class End>
void executor_core::end_without_loop(const End& end) noexcept {
  const auto users = users_;
  if (users->begin_end(*this)) {
    end();
    users->end_is_over(*this);
  } else {
    const ending together;
    users->await_end(*this, together.until());
  }
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
  attempt("close a pipe", [&] { router_->close_pipe(which); });
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

void executor_core::require_here(const char* call) const {
  users_->require_process(call);
  bell_->home().require(call);
}

void executor_core::require_running(const char* call) const {
  if (state_ == executor_state::running) return;
  throw executor_not_running(std::string(call) +
                             ": expected a running executor, found one that is " +
                             std::string(to_string(state_)));
}

message_router& executor_core::routed() {
  if (!router_) {
    auto made = users_->use("executor::submit")->make_router(*loop_);
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
  // All tasks are cancelled before anybody is told: an observer may run a loop of its own until
  // they have ended.
  open_.visit([](future_core& each) { each.begin_cancel(); });
  tell_or_soon();
  open_.visit([](future_core& each) { each.tell_or_soon(); });
}

void executor_core::complete_stop() noexcept {
  // What is closed here may destroy values of the user's, and those may stop this executor.
  if (std::exchange(completing_, true)) return;
  const calling_out now(bell_.get());
  if (router_) attempt("stop its router", [this] { router_->stop(); });
  if (own_pool_) attempt("close its pool", [this] { pool_->close(); });
  users_->leave(*this);
  // If others use it, too, it lives as long as this executor.
  if (own_context_)
    attempt("close its context", [this] {
      try {
        own_context_->close();
      } catch (const context_in_use&) {
      }
    });
  state_ = executor_state::stopped;
  log::line(log_room::executor, log_level::debug, "executor stopped");
  add_change(executor_event::state);
  add_change(executor_event::stopped);
  tell_or_soon();
}

void executor_core::deliver_until(deadline end) {
  if (open_.empty()) return;
  const auto begin = clock::now();
  router_->route_until([this] { return open_.empty(); }, time_until(end));
  waited_ += clock::now() - begin;
}

void executor_core::end_by_force(time_limit grace) {
  if (grace.for_ever()) return;
  open_.visit([&](future_core& each) { each.terminate(grace); });
}

void executor_core::finish_within(time_limit limit) noexcept {
  const auto now = clock::now();
  const auto until = deadline_after(limit, now).value_or(clock::time_point::max());
  finish_by(until, until);
}

void executor_core::finish() noexcept {
  finish_in_time();
  tell_turn();
}

void executor_core::tell_turn() noexcept {
  if (users_->elsewhere() || !bell_->home().here()) return;
  if (!ending::has_waited() || bell_->closed()) return;
  attempt("have its loop tell of its turn",
          [this] { bell_->call_soon([row = ending::row()] { ending::turned(row); }); });
}

void executor_core::finish_in_time() noexcept {
  const ending together;
  // What shutdowns have waited counts.
  const auto patience =
      clock::now() + std::max<std::chrono::nanoseconds>(ending::time - waited_, {});
  if (pool_->ends_by_force()) {
    // What was waited for before, in vain, leaves them at least the time that a kill takes.
    const auto force_at = std::min(together.force_at(), patience);
    finish_by(force_at, std::max(together.until(), clock::now() + kill_time));
  } else {
    const auto until = std::min(together.until(), patience);
    finish_by(until, until);
  }
}

// Its handle was dropped away from home, which cannot know there whether it has stopped.
void executor_core::finish_after_another_thread() noexcept {
  if (state_ == executor_state::stopped) return;
  log::line(log_room::executor, log_level::error,
            "an executor was destroyed away from its home; it ends at home");
  finish();
}

void executor_core::finish_without_home() noexcept {
  end_without_loop([this] {
    // The observers are home's, and there is no home any more.
    affinity::scope in_its_place(bell_->home());
    {
      const calling_out now(nullptr);
      observers_.clear();
    }
    open_.visit([](future_core& each) { each.forget_observers(); });
    finish_after_another_thread();
  });
}

void executor_core::tell_who_is_left(const char* what_follows) const noexcept {
  attempt("name its tasks", [&] {
    log::line(log_room::executor, log_level::warning,
              "executor destroyed while {} tasks still run ({}); {}", open_.size(), open_.text(),
              what_follows);
  });
}

void executor_core::finish_by(clock::time_point force_at, clock::time_point until) noexcept {
  auto self = shared_from_this();
  if (state_ == executor_state::stopped) return;
  const bool by_force = pool_->ends_by_force();
  attempt("end its tasks", [&] {
    if (state_ == executor_state::running) begin_stop();
    deliver_until(force_at);
    if (open_.empty() || !by_force) return;
    tell_who_is_left("they are ended by force");
    end_by_force(std::chrono::nanoseconds(0));
    deliver_until(until);
  });
  if (!open_.empty()) {
    tell_who_is_left("they are left alone");
    while (const auto last = open_.first()) {
      last->give_up();
      remove(*last);
    }
  }
  if (state_ != executor_state::stopped) complete_stop();
}

}  // namespace offstage
