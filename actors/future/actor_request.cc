#include "actors/future/actor_request.h"

#include <caf/error.hpp>
#include <caf/sec.hpp>

#include <utility>

#include "actors/future/subscribers.h"
#include "actors/log/log.h"

namespace offstage {

asker::asker(const caf::mailbox_element& request)
    : sender_(request.mid.is_request() ? request.sender : nullptr), id_(request.mid) {}

asker::~asker() {
  if (!sender_) return;
  try {
    answer(caf::make_message(caf::make_error(caf::sec::request_receiver_down)), nullptr);
  } catch (...) {
    log::line(log_room::future, log_level::error,
              "there is no memory to tell an actor that its request is not answered");
  }
}

void asker::answer(caf::message what, doorbell* home) {
  if (const auto to = std::exchange(sender_, nullptr)) {
    const about_to_tell now(to, home);
    // Without an execution unit: the asking actor runs on its own system's threads.
    to->enqueue(nullptr, id_.response_id(), std::move(what), nullptr);
  }
}

actor_request::actor_request(caf::mailbox_element_ptr element)
    : element_(std::move(element)), from_(*element_) {}

}  // namespace offstage
