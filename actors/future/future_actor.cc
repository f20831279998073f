#include "actors/future/future_actor.h"

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/exit_reason.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "actors/caf/control_system.h"
#include "actors/caf/mail_message.h"
#include "actors/future/actor_request.h"
#include "actors/future/latest_update.h"
#include "actors/future/subscribers.h"
#include "actors/log/log.h"
#include "actors/loop/calling_out.h"
#include "actors/loop/doorbell.h"
#include "actors/router/inbox.h"

namespace offstage {
namespace {

// What several threads touch: once the future has ended, which CAF's lock tells, any thread reads
// the state, the failure and the record, and nobody writes them. `looked_at_` is written under that
// lock. Everything else is home's.
class future_actor final : public caf::monitorable_actor, public future_core {
 public:
  future_actor(caf::actor_config& config, ref<task_record> record, owner* executor)
      : caf::monitorable_actor(config), future_core(std::move(record), executor) {}

  ~future_actor() override {
    if (looked_at_) state();
  }

  void add_ref() const noexcept override { caf::intrusive_ptr_add_ref(ctrl()); }
  void release() const noexcept override { caf::intrusive_ptr_release(ctrl()); }

  const char* name() const override { return "offstage.future"; }

  // Any thread. Everything goes home; only a future that is done, and so does not change any more,
  // answers in the thread of the one who asks.
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    if (element == nullptr) return;
    auto& content = element->content();
    if (content.match_elements<mail>()) {
      send(content.get_as<mail>(0));
      return;
    }
    ref<actor_request> request(new actor_request(std::move(element)));
    if (exclusive_critical_section([this] { return getf(is_terminated_flag); })) {
      handle(*request);
    } else if (!request->waits_for_answer() || !home_is_gone()) {
      send({flat_message(), std::move(request)});
    }
  }

 protected:
  // Of a task that wants only its latest value delivered, one value is delivered in a turn. The
  // next one waits where it is, so that a newer one may take its place, until the next turn or
  // until something else follows it, as the final message.
  void receive(mail message) noexcept override {
    if (latest_ && !latest_->waiting.empty() && !message.words.empty()) {
      // An observer of the postponed one may run a loop, whose turns are to find this one, too.
      if (!wait_behind(message)) {
        deliver_postponed();
        return future_core::receive(std::move(message));
      }
      return deliver_postponed();
    }
    if (message.beside && message.beside->fetched_on_arrival() && postpone(message)) return;
    future_core::receive(std::move(message));
  }

  void receive_request(attachment& request) noexcept override {
    handle(static_cast<actor_request&>(request));
  }

  bool publish(const mail* cause) noexcept override {
    if (!subscribers_ || subscribers_->empty()) return false;
    const bool hidden = is(future_state::cancelling) || is(future_state::cancelled);
    const mail nothing;
    const news now{cause != nullptr && !hidden ? *cause : nothing, present_state()};
    // An actor that works in its sender's thread may run the loop, in which the future may end.
    const auto all = subscribers_;
    all->each(home_bell(), now, [this](const auto& who, undelivered& part, const news& what) {
      without_throwing("tell an actor of a change", [&] { tell_news(who, part, what); });
    });
    return true;
  }

  void retire() noexcept override {
    latest_ = nullptr;
    subscribers_ = nullptr;
    std::optional<calling_out> now;
    if (is_watched()) now.emplace(home_bell());
    auto reason = caf::exit_reason::normal;
    if (is(future_state::failed)) reason = caf::exit_reason::unhandled_exception;
    if (is(future_state::cancelled)) reason = caf::exit_reason::user_shutdown;
    without_throwing("tell monitors and links of the end",
                     [&] { cleanup(caf::make_error(reason), nullptr); });
  }

 private:
  using undelivered = std::shared_ptr<undelivered_latest>;

  // What subscribers are told.
  struct news {
    const mail& message;
    const future_state state;
  };

  // Of a task that wants only its latest value delivered.
  struct latest_part {
    std::size_t delivered_in;   // The turn in which one was delivered last.
    std::vector<mail> waiting;  // The postponed one, if there is one, and what came after it.
  };

  // What cannot be done, for lack of memory, is logged; the task goes on.
  template <class Action>
  void without_throwing(const char* what, const Action& action) noexcept {
    try {
      action();
    } catch (...) {
      log::line(log_room::future, log_level::error, "task {}: could not {}", future_core::id(),
                what);
    }
  }

  bool home_is_gone() const noexcept { return home_inbox() && home_inbox()->bell()->closed(); }

  // Returns false if the message may be delivered now.
  bool postpone(mail& message) noexcept {
    auto& bell = *home_inbox()->bell();
    const auto now = bell.turns();
    try {
      if (!latest_) {
        latest_ = std::make_unique<latest_part>(latest_part{now, {}});
        return false;
      }
      if (std::exchange(latest_->delivered_in, now) != now) return false;
      latest_->waiting.reserve(1);
      bell.call_next_turn([self = ref<future_actor>(this)] { self->deliver_postponed(); });
    } catch (...) {
      return false;  // For lack of memory it is delivered now.
    }
    latest_->waiting.push_back(std::move(message));
    return true;
  }

  // Returns false, and leaves the message as it is, for lack of memory.
  bool wait_behind(mail& message) noexcept {
    try {
      latest_->waiting.reserve(latest_->waiting.size() + 1);
    } catch (...) {
      return false;
    }
    latest_->waiting.push_back(std::move(message));
    return true;
  }

  void deliver_postponed() noexcept {
    const ref<future_core> self(this);
    while (latest_ && !latest_->waiting.empty()) {
      auto next = std::move(latest_->waiting.front());
      latest_->waiting.erase(latest_->waiting.begin());
      latest_->delivered_in = home_inbox()->bell()->turns();
      const calling_out now(home_bell());
      future_core::receive(std::move(next));
    }
  }

  // Home, or any thread once done.
  void handle(actor_request& request) noexcept {
    without_throwing("answer an actor", [&] {
      const auto& content = request.content();
      doorbell* const home = done() ? nullptr : home_bell();
      if (content.match_elements<cancel_task>()) {
        if (!done()) cancel();
        request.answer(caf::message(), home);
      } else if (content.match_elements<get_state>()) {
        request.answer(caf::make_message(shown(present_state())), home);
      } else if (content.match_elements<subscribe>()) {
        add(content.get_as<subscribe>(0).who);
        request.answer(caf::message(), home);
      } else if (content.match_elements<unsubscribe>()) {
        if (!done() && subscribers_) subscribers_->remove(content.get_as<unsubscribe>(0).who);
        request.answer(caf::message(), home);
      } else {
        request.answer(caf::make_message(caf::make_error(caf::sec::unexpected_message)), home);
      }
    });
  }

  void add(const caf::actor& who) {
    if (!who) return;
    const auto whom = caf::actor_cast<caf::strong_actor_ptr>(who);
    const about_to_tell now(whom, done() ? nullptr : home_bell());
    if (!done()) {
      if (!subscribers_) subscribers_ = std::make_shared<told>();
      // Before it is told, because it may run a loop then, in which changes are made.
      subscribers_->add(who);
    }
    tell(whom, latest_message(), present_state());
  }

  void tell_news(const caf::strong_actor_ptr& who, undelivered& part, const news& what) {
    const auto& [words, beside] = what.message;
    if (!beside || !beside->fetched_on_arrival()) return tell(who, what.message, what.state);
    if (!part) part = std::make_shared<undelivered_latest>();
    const auto kept = part;
    if (auto carried = kept->put(beside)) tell(who, {words, std::move(carried)}, what.state);
  }

  void tell(const caf::strong_actor_ptr& who, const mail& what, future_state state) {
    // Without an execution unit: the actor runs on its own system's threads.
    who->enqueue(
        nullptr, caf::make_message_id(),
        caf::make_message(future_update{future_core::id(), shown(state), what.words, what.beside}),
        nullptr);
  }

  // A state that is shown to an actor; one that is shown a failure has looked at it. That is noted
  // under CAF's lock, because once done this runs in any thread.
  future_state shown(future_state state) {
    if (state == future_state::failed) exclusive_critical_section([this] { looked_at_ = true; });
    return state;
  }

  // True if monitors or links are to be told of the end, who may work in this thread.
  bool is_watched() {
    return exclusive_critical_section([this] { return attachables_head_ != nullptr; });
  }

  // Who waits for a task stays alive until it has ended.
  using told = subscribers<caf::strong_actor_ptr, news, undelivered>;

  // Null until they are needed: most futures need neither.
  std::shared_ptr<told> subscribers_;
  std::unique_ptr<latest_part> latest_;
  bool looked_at_ = false;
};

}  // namespace

ref<future_core> make_future_in(caf::actor_system& system, ref<task_record> record,
                                future_core::owner* executor) {
  auto actor = make_inline_actor_in<future_actor>(system, std::move(record), executor);
  auto* future = static_cast<future_actor*>(caf::actor_cast<caf::abstract_actor*>(actor));
  return ref<future_core>(future);
}

ref<future_core> make_future(ref<task_record> record, future_core::owner* executor) {
  return make_future_in(control_system(), std::move(record), executor);
}

future_handle handle_of(future_core& future) {
  auto& actor = static_cast<future_actor&>(future);
  return caf::actor_cast<future_handle>(
      caf::strong_actor_ptr(static_cast<caf::monitorable_actor&>(actor).ctrl()));
}

}  // namespace offstage
