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
#include "actors/face/actor_loop.h"
#include "actors/face/executor_desk.h"
#include "actors/future/future_actor.h"
#include "actors/loop/doorbell.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds finish_time{2};

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
      if (desk) desk->abandon();
      desk = nullptr;
      core = nullptr;
    });
  }

  static inline const char* name = "offstage.executor";
};

using self_pointer = spawned::stateful_pointer<spawned_state>;

// Has the actor told when the limit is reached; never if the clock cannot count that far.
void tell_when_up(caf::actor_clock& clock, caf::strong_actor_ptr whom,
                  std::chrono::nanoseconds limit, time_is_up what) {
  const auto now = clock.now();
  if (limit >= caf::actor_clock::time_point::max() - now) return;
  clock.schedule_message(
      now + limit, std::move(whom),
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
  state.loop->at_home(
      [&] { state.desk->shut_down([self, reason](shutdown_result) { self->quit(reason); }); });
  self->delayed_send(self, finish_time,
                     time_is_up{std::make_shared<executor_desk::answer>(
                         [self, reason](shutdown_result) { self->quit(reason); })});
}

spawned::behavior_type executor_actor(self_pointer self,
                                      const std::shared_ptr<spawned_state>& made) {
  self->state = std::move(*made);
  // An exit message stops the executor first; the actor ends when the tasks have.
  self->set_exit_handler([self](caf::exit_msg& exit) { leave_when_stopped(self, exit.reason); });
  self->set_down_handler([](caf::scheduled_actor*, caf::down_msg&) {});
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  return {
      [self](submit_task& message) -> caf::result<future_handle> {
        return self->state.loop->at_home(
            [&]() -> caf::result<future_handle> { return self->state.desk->submit(message.what); });
      },
      [self](stop_executor) { self->state.loop->at_home([&] { self->state.desk->stop(); }); },
      [self](shut_down message) -> caf::result<shutdown_result> {
        auto promise = self->make_response_promise<shutdown_result>();
        const auto answer = answer_once(promise);
        if (message.limit) {
          tell_when_up(self->clock(), caf::strong_actor_ptr(self->ctrl()), *message.limit,
                       time_is_up{answer});
        }
        self->state.loop->at_home([&] {
          self->state.desk->shut_down([answer](shutdown_result how) { (*answer)(how); });
        });
        return promise;
      },
      [self](get_state) -> executor_state { return self->state.desk->state(); },
      [self](subscribe& message) { self->state.desk->subscribe(std::move(message.who)); },
      [self](const take_turn&) { self->state.loop->turn(); },
      [self](time_is_up& message) {
        (*message.answer)({false, self->state.desk->open_tasks()});
      },
  };
}

// The one who asked, for an answer later, once.
class asker {
 public:
  explicit asker(const caf::mailbox_element& request) : sender_(request.sender), id_(request.mid) {}

  void answer(caf::message what) {
    auto sender = std::exchange(sender_, nullptr);
    if (!sender || !id_.is_request()) return;
    // Without an execution unit: the asker runs on its own system's threads.
    sender->enqueue(nullptr, id_.response_id(), std::move(what), nullptr);
  }

  const caf::strong_actor_ptr& sender() const noexcept { return sender_; }

 private:
  caf::strong_actor_ptr sender_;
  caf::message_id id_;
};

// A message on its way to a home; if that is gone before it arrives, whoever asked is told so.
class homeward_message {
 public:
  explicit homeward_message(caf::mailbox_element_ptr element) : element_(std::move(element)) {}
  ~homeward_message() {
    if (!element_) return;
    asker(*element_).answer(caf::make_message(caf::make_error(caf::sec::request_receiver_down)));
  }
  homeward_message(const homeward_message&) = delete;
  homeward_message& operator=(const homeward_message&) = delete;

  caf::mailbox_element_ptr take() { return std::move(element_); }

 private:
  caf::mailbox_element_ptr element_;
};

// An executor of the plain face as an inline actor: its mail is handled at that executor's home.
class plain_executor_actor final : public caf::monitorable_actor {
 public:
  plain_executor_actor(caf::actor_config& config, std::shared_ptr<executor_core> core)
      : caf::monitorable_actor(config), bell_(core->bell()), desk_(std::move(core)) {}

  const char* name() const override { return "offstage.executor"; }

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    if (element == nullptr) return;
    // A function that is given to a loop can be copied, a mailbox element cannot.
    auto message = std::make_shared<homeward_message>(std::move(element));
    bell_->call_soon(
        [self = caf::strong_actor_ptr(ctrl()), this, message] { handle(*message->take()); });
  }

 private:
  void handle(const caf::mailbox_element& element) {
    auto& content = element.content();
    asker who(element);
    if (content.match_elements<submit_task>()) {
      auto made = desk_.submit(content.get_as<submit_task>(0).what);
      who.answer(made ? caf::make_message(*made) : caf::make_message(made.error()));
    } else if (content.match_elements<stop_executor>()) {
      desk_.stop();
    } else if (content.match_elements<shut_down>()) {
      shut_down_for(std::move(who), content.get_as<shut_down>(0).limit);
    } else if (content.match_elements<time_is_up>()) {
      (*content.get_as<time_is_up>(0).answer)({false, desk_.open_tasks()});
    } else if (content.match_elements<get_state>()) {
      who.answer(caf::make_message(desk_.state()));
    } else if (content.match_elements<subscribe>()) {
      desk_.subscribe(content.get_as<subscribe>(0).who);
    } else {
      who.answer(caf::make_message(caf::make_error(caf::sec::unexpected_message)));
    }
  }

  void shut_down_for(asker who, std::optional<std::chrono::nanoseconds> limit) {
    const auto sender = who.sender();
    auto answer = std::make_shared<executor_desk::answer>(
        [who](shutdown_result how) mutable { who.answer(caf::make_message(how)); });
    if (limit && sender) {
      // The control system has no clock; the asker's has.
      tell_when_up(sender->home_system->clock(), caf::strong_actor_ptr(ctrl()), *limit,
                   time_is_up{answer});
    }
    desk_.shut_down([answer](shutdown_result how) { (*answer)(how); });
  }

  const std::shared_ptr<doorbell> bell_;
  executor_desk desk_;
};

}  // namespace

executor_handle spawn_executor(caf::actor_system& system, executor_options options) {
  // The actor begins with its first message, so its parts are made here: what they throw is for the
  // caller.
  const auto made = std::make_shared<spawned_state>();
  const auto actor = system.spawn<caf::lazy_init>(executor_actor, made);
  made->loop = std::make_unique<actor_loop>(actor.address());
  made->loop->at_home([&] {
    made->core = executor_core::make(
        *made->loop, {.context = options.context,
                      .pool = std::move(options.pool),
                      .own = options.own_pool(),
                      .make_future = [&system](ref<task_record> record, future_core::owner* owner) {
                        return make_future_in(system, std::move(record), owner);
                      }});
    made->desk = std::make_unique<executor_desk>(made->core);
  });
  return caf::actor_cast<executor_handle>(actor);
}

executor_handle actor_of(const executor& executor) {
  return caf::actor_cast<executor_handle>(make_inline_actor<plain_executor_actor>(executor.core()));
}

}  // namespace offstage
