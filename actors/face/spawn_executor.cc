#include "actors/face/spawn_executor.h"

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_ostream.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "actors/caf/control_system.h"
#include "actors/context/ending.h"
#include "actors/face/actor_loop.h"
#include "actors/face/executor_desk.h"
#include "actors/future/actor_request.h"
#include "actors/future/future_actor.h"
#include "actors/log/log.h"
#include "actors/loop/doorbell.h"
#include "actors/sync/mutex.h"

namespace offstage {
namespace {

// The time of a shutdown, or of an exit, is up.
struct time_is_up {
  std::shared_ptr<executor_desk::answer> answer;
};

}  // namespace
}  // namespace offstage

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::time_is_up)

namespace offstage {
namespace {

using spawned = executor_handle::extend<caf::reacts_to<take_turn>, caf::reacts_to<time_is_up>>;

struct spawned_state {
  // In this order: the desk goes first, and the loop last.
  std::unique_ptr<actor_loop> loop;
  std::unique_ptr<executor_desk> desk;
  std::shared_ptr<executor_core> core;

  spawned_state() = default;
  spawned_state(spawned_state&&) = default;
  spawned_state& operator=(spawned_state&&) = default;

  ~spawned_state() {
    if (!loop) return;
    loop->at_home([this] {
      if (desk) {
        desk->abandon();
        desk->leave();
      }
      desk = nullptr;
      core = nullptr;
    });
  }

  static inline const char* name = "offstage.executor";
};

using self_pointer = spawned::stateful_pointer<spawned_state>;

// What is made for an actor before its first message. That may come, from a context that is closed
// meanwhile, before everything is made; then the actor waits for the rest.
class made_parts {
 public:
  // The maker's until `hand_over`.
  spawned_state parts;

  void hand_over() OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    whole_ = true;
    made_.notify_one();
  }

  spawned_state take() OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    while (!whole_) made_.wait(held);
    held.release();
    return std::move(parts);
  }

 private:
  sync::mutex mutex_;
  sync::condition made_;
  bool whole_ OFFSTAGE_GUARDED_BY(mutex_) = false;
};

// Has the actor told when the limit is reached.
void tell_when_up(caf::actor_clock& clock, caf::strong_actor_ptr whom, time_limit limit,
                  time_is_up what) {
  const auto when = deadline_after(limit, clock.now());
  if (!when) return;
  clock.schedule_message(
      *when, std::move(whom),
      caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::move(what)));
}

// Answers once, whichever comes first: the end of the executor or the end of the time.
std::shared_ptr<executor_desk::answer> answer_once(
    caf::typed_response_promise<shutdown_result> promise) {
  auto answered = std::make_shared<bool>(false);
  return std::make_shared<executor_desk::answer>([promise, answered](shutdown_result how) mutable {
    if (!std::exchange(*answered, true)) promise.deliver(how);
  });
}

void leave_when_stopped(self_pointer self, caf::error reason) {
  auto& state = self->state;
  const auto quit = std::make_shared<executor_desk::answer>(
      [self, reason](shutdown_result) { self->quit(reason); });
  state.loop->at_home([&] { state.desk->shut_down(quit, ending::time - ending::force_time); });
  self->delayed_send(self, ending::time, time_is_up{quit});
}

spawned::behavior_type executor_actor(self_pointer self, const std::shared_ptr<made_parts>& made) {
  self->state = made->take();
  // An exit message stops the executor first; the actor ends when the tasks have.
  // The normal end of an actor that it is linked to is none, as for any actor.
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (exit.reason) leave_when_stopped(self, exit.reason);
  });
  self->set_down_handler([](caf::scheduled_actor*, caf::down_msg&) {});
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  return {
      [self](submit_task& message) -> caf::result<future_handle> {
        return self->state.loop->at_home(
            [&]() -> caf::result<future_handle> { return self->state.desk->submit(message.what); });
      },
      [self](stop_executor message) {
        self->state.loop->at_home([&] { self->state.desk->stop(message.grace); });
      },
      [self](shut_down message) -> caf::result<shutdown_result> {
        auto promise = self->make_response_promise<shutdown_result>();
        const auto answer = answer_once(promise);
        if (!message.limit.for_ever()) {
          tell_when_up(self->clock(), caf::strong_actor_ptr(self->ctrl()), message.limit,
                       time_is_up{answer});
        }
        self->state.loop->at_home([&] { self->state.desk->shut_down(answer, message.grace); });
        return promise;
      },
      [self](get_state) -> executor_state { return self->state.desk->state(); },
      [self](subscribe& message) { self->state.desk->subscribe(message.who); },
      [self](unsubscribe& message) { self->state.desk->unsubscribe(message.who); },
      [self](const take_turn&) { self->state.loop->turn(); },
      [self](time_is_up& message) { self->state.desk->time_is_up(message.answer); },
  };
}

// An executor of the plain face as an inline actor: its mail is handled at that executor's home.
class plain_executor_actor final : public caf::monitorable_actor {
 public:
  plain_executor_actor(caf::actor_config& config, std::shared_ptr<executor_core> core)
      : caf::monitorable_actor(config),
        bell_(core->bell()),
        desk_(std::make_shared<executor_desk>(std::move(core))) {}

  // In whichever thread drops the last handle, so home is asked to take the desk down. Once the
  // loop is gone there is nothing to take down: then the executor keeps what belonged to the desk.
  ~plain_executor_actor() override {
    try {
      bell_->call_soon([desk = std::move(desk_)] { desk->leave(); });
    } catch (...) {
      log::line(log_room::executor, log_level::error,
                "there is no memory to take down an executor's actor; it stays with the executor");
    }
  }

  const char* name() const override { return "offstage.executor"; }

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    if (element == nullptr) return;
    // If the loop is gone, or goes before this is called, whoever asked is told so.
    bell_->call_soon([self = caf::strong_actor_ptr(ctrl()), this,
                      request = ref<actor_request>(new actor_request(std::move(element)))] {
      handle(*request);
    });
  }

 private:
  void handle(actor_request& request) {
    const auto& content = request.content();
    auto* const home = bell_.get();
    if (content.match_elements<submit_task>()) {
      auto made = desk_->submit(content.get_as<submit_task>(0).what);
      request.answer(made ? caf::make_message(*made) : caf::make_message(made.error()), home);
    } else if (content.match_elements<stop_executor>()) {
      desk_->stop(content.get_as<stop_executor>(0).grace);
      request.answer(caf::message(), home);
    } else if (content.match_elements<shut_down>()) {
      shut_down_for(request.take_asker(), content.get_as<shut_down>(0));
    } else if (content.match_elements<time_is_up>()) {
      desk_->time_is_up(content.get_as<time_is_up>(0).answer);
    } else if (content.match_elements<get_state>()) {
      request.answer(caf::make_message(desk_->state()), home);
    } else if (content.match_elements<subscribe>()) {
      desk_->subscribe(content.get_as<subscribe>(0).who);
      request.answer(caf::message(), home);
    } else if (content.match_elements<unsubscribe>()) {
      desk_->unsubscribe(content.get_as<unsubscribe>(0).who);
      request.answer(caf::message(), home);
    } else {
      request.answer(caf::make_message(caf::make_error(caf::sec::unexpected_message)), home);
    }
  }

  void shut_down_for(asker asking, shut_down how) {
    const auto sender = asking.who();
    // Who is to be answered keeps this actor: a request does not hold whom it asked.
    auto answer = std::make_shared<executor_desk::answer>(
        [self = caf::strong_actor_ptr(ctrl()), to = std::make_shared<asker>(std::move(asking)),
         home = bell_.get()](shutdown_result result) {
          to->answer(caf::make_message(result), home);
        });
    if (!how.limit.for_ever() && sender) {
      // The control system has no clock; the asker's has.
      tell_when_up(sender->home_system->clock(), caf::strong_actor_ptr(ctrl()), how.limit,
                   time_is_up{answer});
    }
    desk_->shut_down(answer, how.grace);
  }

  const std::shared_ptr<doorbell> bell_;
  std::shared_ptr<executor_desk> desk_;
};

}  // namespace

executor_handle spawn_executor(caf::actor_system& system, executor_options options) {
  // The actor begins with its first message, so its parts are made here: what they throw is for the
  // caller.
  const auto made = std::make_shared<made_parts>();
  const auto actor = system.spawn<caf::lazy_init>(executor_actor, made);
  auto& parts = made->parts;
  parts.loop = std::make_unique<actor_loop>(actor.address());
  try {
    parts.loop->at_home([&] {
      parts.core = executor_core::make(
          *parts.loop,
          {.context = options.context,
           .pool = std::move(options.pool),
           .own = options.own_pool(),
           .make_future = [&system](ref<task_record> record, future_core::owner* owner) {
             return make_future_in(system, std::move(record), owner);
           }});
      parts.desk = std::make_unique<executor_desk>(parts.core);
    });
  } catch (...) {
    // An actor that waits could not end.
    made->hand_over();
    throw;
  }
  made->hand_over();
  return caf::actor_cast<executor_handle>(actor);
}

executor_handle actor_of(const executor& executor) {
  return caf::actor_cast<executor_handle>(make_inline_actor<plain_executor_actor>(executor.core()));
}

}  // namespace offstage
