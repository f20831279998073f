#include "actors/router/inbox.h"

#include <utility>

#include "actors/log/log.h"

namespace offstage {

void inbox::push(ref<receiver> to, mail message) {
  bool waited_for;
  {
    std::lock_guard lock(mutex_);
    if (!closed_) arriving_.push_back({std::move(to), std::move(message)});
    waited_for = waited_for_;
  }
  if (to) {
    to->undelivered(std::move(message));
    return;
  }
  if (waited_for) arrived_.notify_one();
  bell_->ring(shared_from_this());
}

bool inbox::fetch() {
  if (!pending_.empty()) return true;
  std::lock_guard lock(mutex_);
  pending_.swap(arriving_);
  return !pending_.empty();
}

bool inbox::deliver_one() {
  if (!fetch()) return false;
  // Out of the queue first: the receiver may run a nested loop that delivers the next ones.
  auto next = std::move(pending_.front());
  pending_.pop_front();
  auto& to = *next.to;
  if (to.open_) {
    to.receive(std::move(next.message));
  } else {
    if (!next.message.words.empty()) {
      log::line(log_room::router, log_level::warning, "discarding message from closed pipe #{}",
                to.connection_);
    }
    to.undelivered(std::move(next.message));
  }
  return true;
}

bool inbox::serve(doorbell&, doorbell::turn_limit& limit, std::size_t quantum) {
  for (std::size_t served = 0; served < quantum; ++served) {
    called_out_ = false;
    if (!deliver_one()) return false;
    if (limit.reached(called_out_)) break;
  }
  // What arrived before this serving began did not ring if messages were left from the one before.
  return fetch();
}

void inbox::wait(deadline end) {
  if (!pending_.empty()) return;
  std::unique_lock lock(mutex_);
  const auto arrived = [this] { return !arriving_.empty() || closed_; };
  waited_for_ = true;
  if (end) {
    arrived_.wait_until(lock, *end, arrived);
  } else {
    arrived_.wait(lock, arrived);
  }
  waited_for_ = false;
}

std::size_t inbox::size() {
  std::lock_guard lock(mutex_);
  return pending_.size() + arriving_.size();
}

void inbox::close() {
  std::deque<entry> arrived;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    arrived.swap(arriving_);
  }
  arrived_.notify_one();
  for (auto& each : std::exchange(pending_, {})) each.to->undelivered(std::move(each.message));
  for (auto& each : arrived) each.to->undelivered(std::move(each.message));
}

void inbox::calling_out() {
  called_out_ = true;
  if (pending_.empty()) {
    bell_->before_calling_out(nullptr);
  } else {
    const std::shared_ptr<doorbell::source> self = shared_from_this();
    bell_->before_calling_out(&self);
  }
}

}  // namespace offstage
