#include "actors/worker/worker.h"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>

#include <utility>

#include "actors/caf/control_system.h"
#include "actors/log/log.h"

namespace offstage {
namespace {

// Without an execution unit: the asking actor runs on its own system's threads.
void refuse(const caf::mailbox_element& request, caf::sec why) {
  if (!request.sender || !request.mid.is_request()) return;
  request.sender->enqueue(nullptr, request.mid.response_id(),
                          caf::make_message(caf::make_error(why)), nullptr);
}

}  // namespace

worker::worker(caf::actor_config& config, ref<owner> pool)
    : caf::monitorable_actor(config), pool_(std::move(pool)) {}

void worker::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  if (element == nullptr) return;
  const auto& content = element->content();
  if (content.match_elements<caf::exit_msg>()) {
    return take_exit(content.get_as<caf::exit_msg>(0).reason);
  }
  if (content.match_elements<caf::down_msg>()) return;
  if (exclusive_critical_section([this] { return getf(is_terminated_flag); })) {
    return refuse(*element, caf::sec::request_receiver_down);
  }
  if (handle_system_message(*element, nullptr, true)) return;
  log::line(log_room::worker, log_level::warning, "a worker was sent an unknown message");
  refuse(*element, caf::sec::unexpected_message);
}

void worker::take_exit(const caf::error& reason) {
  if (!reason) return;  // A normal end of another actor.
  ref<owner> pool;
  {
    sync::lock held(mutex_);
    if (!pool_ || asked_) return;
    asked_ = reason;
    pool = pool_;
  }
  pool->dismiss(*this);
}

void worker::end(way_out how) {
  auto reason = caf::make_error(how == way_out::told ? caf::exit_reason::user_shutdown
                                                     : caf::exit_reason::unhandled_exception);
  ref<owner> pool;
  {
    sync::lock held(mutex_);
    pool = std::exchange(pool_, nullptr);
    if (asked_) reason = asked_;
  }
  cleanup(std::move(reason), nullptr);
}

ref<worker> make_worker(ref<worker::owner> pool) {
  const auto actor = make_inline_actor<worker>(std::move(pool));
  return ref<worker>(static_cast<worker*>(caf::actor_cast<caf::abstract_actor*>(actor)));
}

caf::actor handle_of(worker& of) {
  return caf::actor_cast<caf::actor>(caf::strong_actor_ptr(of.ctrl()));
}

}  // namespace offstage
