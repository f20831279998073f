#include "actors/future/future_actor.h"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/exit_reason.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>

#include <utility>
#include <vector>

#include "actors/caf/control_system.h"
#include "actors/caf/mail_message.h"

namespace offstage {
namespace {

// What another actor asked, on its way home through the inbox.
class actor_request final : public attachment {
 public:
  explicit actor_request(caf::mailbox_element_ptr element) : element_(std::move(element)) {}
  caf::mailbox_element& element() noexcept { return *element_; }
  bool plain() const noexcept override { return true; }

 private:
  caf::mailbox_element_ptr element_;
};

void answer(const caf::mailbox_element& to, caf::message what) {
  if (!to.sender || !to.mid.is_request()) return;
  // Without an execution unit: the asking actor runs on its own system's threads.
  to.sender->enqueue(nullptr, to.mid.response_id(), std::move(what), nullptr);
}

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
    } else if (exclusive_critical_section([this] { return getf(is_terminated_flag); })) {
      handle(*element);
    } else {
      send({flat_message(), ref<attachment>(new actor_request(std::move(element)))});
    }
  }

 protected:
  void receive_request(attachment& request) noexcept override {
    handle(static_cast<actor_request&>(request).element());
  }

  void publish(const mail* cause) noexcept override {
    if (subscribers_.empty()) return;
    const bool hidden = is(future_state::cancelling) || is(future_state::cancelled);
    const mail nothing;
    const auto& visible = cause != nullptr && !hidden ? *cause : nothing;
    // A value that is fetched when it is looked at is fetched here, before others may look.
    if (auto* const carrier = dynamic_cast<ticket*>(visible.beside.get())) carrier->value();
    for (const auto& each : subscribers_) tell(each, visible);
  }

  void retire() noexcept override {
    subscribers_.clear();
    auto reason = caf::exit_reason::normal;
    if (is(future_state::failed)) reason = caf::exit_reason::unhandled_exception;
    if (is(future_state::cancelled)) reason = caf::exit_reason::user_shutdown;
    cleanup(caf::make_error(reason), nullptr);
  }

 private:
  // Home, or any thread once done.
  void handle(const caf::mailbox_element& element) noexcept {
    const auto& content = element.content();
    if (content.match_elements<cancel_task>()) {
      if (!done()) cancel();
    } else if (content.match_elements<get_state>()) {
      answer(element, caf::make_message(shown_state()));
    } else if (content.match_elements<subscribe>()) {
      const auto& who = content.get_as<subscribe>(0).who;
      tell(who, latest_message());
      if (!done()) subscribers_.push_back(who);
    } else {
      answer(element, caf::make_message(caf::make_error(caf::sec::unexpected_message)));
    }
  }

  void tell(const caf::actor& who, const mail& what) {
    caf::anon_send(who, future_update{future_core::id(), shown_state(), what.words, what.beside});
  }

  // The state, shown to an actor; one that is shown a failure has looked at it. That is noted under
  // CAF's lock, because once done this runs in any thread.
  future_state shown_state() {
    const auto now = present_state();
    if (now == future_state::failed) exclusive_critical_section([this] { looked_at_ = true; });
    return now;
  }

  std::vector<caf::actor> subscribers_;
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
