#include "actors/router/inbox.h"

#include <optional>
#include <utility>

#include "actors/log/log.h"
#include "actors/loop/calling_out.h"

namespace offstage {

void inbox::push(ref<receiver> to, mail message) {
  entry added{std::move(to), std::move(message)};
  if (queue_.push(added)) {
    bell_->ring(*this);
  } else {
    added.to->undelivered(std::move(added.message));
  }
}

bool inbox::deliver_one() {
  const doorbell::serving now(*bell_, *this);
  auto next = queue_.take();
  if (!next) return false;
  deliver(std::move(*next));
  return true;
}

void inbox::serve(doorbell::turn_limit& limit, std::size_t quantum) {
  queue_.fetch();
  for (std::size_t served = 0; served < quantum && queue_.has_fetched(); ++served) {
    // Out of the queue first: the receiver may run a nested loop that delivers the next ones.
    deliver(std::move(*queue_.take()));
    if (limit.reached()) return;
  }
}

void inbox::close() {
  for (auto& each : queue_.close()) {
    // What travels with it may be destroyed here, or an actor be answered.
    const calling_out now(each.to->home_bell());
    each.to->undelivered(std::move(each.message));
    each = {};
  }
}

void inbox::deliver(entry what) {
  auto& to = *what.to;
  // What travels with the message may be destroyed here, with values of the user's.
  const auto* const beside = what.message.beside.get();
  std::optional<calling_out> now;
  if (beside != nullptr && (!to.open_ || !beside->plain())) now.emplace(to.home_bell());
  if (to.open_) {
    to.receive(std::move(what.message));
    return;
  }
  if (!what.message.words.empty()) {
    log::line(log_room::router, log_level::warning, "discarding message from closed pipe #{}",
              to.connection_);
  }
  to.undelivered(std::move(what.message));
}

}  // namespace offstage
