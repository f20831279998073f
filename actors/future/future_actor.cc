// The future as an actor: its mail goes straight into the router's inbox.

#include <caf/actor_control_block.hpp>
#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/exit_reason.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/sec.hpp>

#include <utility>

#include "actors/caf/control_system.h"
#include "actors/caf/mail_message.h"
#include "actors/future/future_core.h"

namespace offstage {
namespace {

class future_actor final : public caf::monitorable_actor, public future_core {
 public:
  future_actor(caf::actor_config& config, ref<task_record> record, owner* executor)
      : caf::monitorable_actor(config), future_core(std::move(record), executor) {}

  void add_ref() const noexcept override { caf::intrusive_ptr_add_ref(ctrl()); }
  void release() const noexcept override { caf::intrusive_ptr_release(ctrl()); }

  const char* name() const override { return "offstage.future"; }

  // Any thread. State messages go home; a future has no answer to anything else.
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    if (element == nullptr) return;
    auto& content = element->content();
    if (content.match_elements<mail>()) {
      send(content.get_as<mail>(0));
    } else {
      caf::detail::sync_request_bouncer{caf::make_error(caf::sec::unexpected_message)}(*element);
    }
  }

 protected:
  void retire() noexcept override { cleanup(caf::exit_reason::normal, nullptr); }
};

}  // namespace

ref<future_core> make_future(ref<task_record> record, future_core::owner* executor) {
  auto actor = make_inline_actor<future_actor>(std::move(record), executor);
  auto* future = static_cast<future_actor*>(caf::actor_cast<caf::abstract_actor*>(actor));
  return ref<future_core>(future);
}

}  // namespace offstage
