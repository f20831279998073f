#include "actors/face/executor_desk.h"

#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/sec.hpp>

#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/future/future_actor.h"
#include "actors/log/log.h"
#include "actors/task/describe_exception.h"

namespace offstage {
namespace {

// Answers everybody, whatever keeps one of them from being answered.
void answer_all(const std::vector<std::shared_ptr<executor_desk::answer>>& waiting,
                shutdown_result how) noexcept {
  for (auto& each : waiting) {
    try {
      (*each)(how);
    } catch (...) {
      log::line(log_room::executor, log_level::error,
                "could not answer an actor that waits for a shutdown");
    }
  }
}

}  // namespace

void executor_desk::shared::tell(doorbell* home, executor_state now) noexcept {
  told.each(home, now, [](const caf::strong_actor_ptr& who, nothing&, executor_state state) {
    try {
      // Without an execution unit: the actor runs on its own system's threads.
      who->enqueue(nullptr, caf::make_message_id(), caf::make_message(executor_update{state}),
                   nullptr);
    } catch (...) {
      log::line(log_room::executor, log_level::error,
                "could not tell an actor of a change of an executor: {}",
                describe_exception(std::current_exception()).summary());
    }
  });
  if (now == executor_state::stopped) answer_all(std::exchange(waiting, {}), {true, 0});
}

executor_desk::executor_desk(std::shared_ptr<executor_core> core)
    : core_(std::move(core)), shared_(std::make_shared<shared>()) {
  // Where the executor lets go of its observers because its loop is gone, nobody is asked after any
  // more: those who wait for an answer are told so by the end of that.
  struct observer {
    std::shared_ptr<shared> held;
    std::shared_ptr<doorbell> bell;

    observer(std::shared_ptr<shared> what, std::shared_ptr<doorbell> home) noexcept
        : held(std::move(what)), bell(std::move(home)) {}
    observer(observer&&) noexcept = default;
    observer& operator=(observer&&) = delete;
    ~observer() {
      if (held) std::exchange(held->waiting, {}).clear();
    }
    void operator()(executor_state now) { held->tell(bell.get(), now); }
  };
  on_state_ = core_->observe(executor_event::state, observer(shared_, core_->bell()));
}

caf::expected<future_handle> executor_desk::submit(task what) {
  auto taken = what.take();
  if (!taken.record) return caf::make_error(caf::sec::invalid_argument);
  try {
    return handle_of(*core_->submit(std::move(taken)));
  } catch (const usage_error& refused) {
    log::line(log_room::executor, log_level::debug, "submission refused: {}", refused.what());
    return caf::make_error(caf::sec::request_receiver_down);
  } catch (const std::exception& failed) {
    // The world's failure, as that of a pool that cannot have threads: the other tasks go on.
    log::line(log_room::executor, log_level::error, "submission failed: {}", failed.what());
    return caf::make_error(caf::sec::runtime_error, failed.what());
  } catch (...) {
    // What a codec threw, say.
    const auto failed = describe_exception(std::current_exception());
    log::line(log_room::executor, log_level::error, "submission failed: {}", failed.what);
    return caf::make_error(caf::sec::runtime_error, failed.what);
  }
}

void executor_desk::subscribe(const caf::actor& who) {
  if (who) shared_->told.add(who);
}

void executor_desk::stop(time_limit grace) {
  if (core_->state() == executor_state::running) core_->stop(grace);
}

void executor_desk::shut_down(std::shared_ptr<answer> when_stopped, time_limit grace) {
  if (core_->state() == executor_state::stopped) {
    (*when_stopped)({true, 0});
    return;
  }
  shared_->waiting.push_back(std::move(when_stopped));
  if (core_->state() == executor_state::running) {
    core_->stop(grace);
  } else {
    core_->end_by_force(grace);
  }
}

void executor_desk::time_is_up(const std::shared_ptr<answer>& of) {
  std::erase(shared_->waiting, of);
  (*of)({false, open_tasks()});
}

void executor_desk::abandon() noexcept {
  constexpr std::chrono::nanoseconds now{0};
  const auto how = core_->shutdown(now);
  answer_all(std::exchange(shared_->waiting, {}), how);
  core_->finish_within(now);
}

}  // namespace offstage
