#include "actors/router/receiver.h"

#include <utility>

#include "actors/router/inbox.h"

namespace offstage {

void receiver::send(mail message) noexcept {
  if (!inbox_) return unrouted(std::move(message));
  inbox_->push(ref<receiver>(this), std::move(message));
}

void receiver::unrouted(mail) noexcept {}

bool receiver::at_home() const noexcept { return inbox_ && inbox_->bell()->home().here(); }

void receiver::undelivered(mail) noexcept {}

void receiver::send_last(ref<receiver> to, mail message) noexcept {
  const auto inbox = to->inbox_;
  if (!inbox) return to->unrouted(std::move(message));
  inbox->push(std::move(to), std::move(message));
}

doorbell* receiver::home_bell() const noexcept { return inbox_ ? inbox_->bell().get() : nullptr; }

}  // namespace offstage
