#include "actors/router/sender.h"

#include <string>

#include "actors/errors/errors.h"

namespace offstage {

void sender::start() {
  if (phase_ != phase::initial) {
    throw sender_misuse(std::string("sender::start: expected a sender that was never started, "
                                    "found one that ") +
                        (phase_ == phase::open ? "is open" : "was stopped"));
  }
  phase_ = phase::open;
}

void sender::send(mail message) {
  require_open("sender::send");
  if (to_) to_->send(std::move(message));
}

bool sender::at_home() const {
  require_open("sender::at_home");
  return to_ && to_->at_home();
}

void sender::stop() {
  require_open("sender::stop");
  phase_ = phase::closed;
  to_ = nullptr;
}

void sender::send_last(mail message) {
  require_open("sender::send_last");
  phase_ = phase::closed;
  if (to_) receiver::send_last(std::move(to_), std::move(message));
}

void sender::require_open(const char* call) const {
  if (phase_ == phase::open) return;
  throw sender_misuse(std::string(call) + ": expected an open sender, found one that " +
                      (phase_ == phase::initial ? "was not started" : "was stopped"));
}

}  // namespace offstage
