#include "actors/router/router.h"

#include <string>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/loop/deadline.h"
#include "actors/loop/doorbell.h"
#include "actors/loop/loop.h"
#include "actors/router/inbox.h"

namespace offstage {
namespace {

// When the time is up: what has arrived still counts, what comes after it does not.
bool deliver_arrived(inbox& from, const std::function<bool()>& condition) {
  for (auto left = from.size(); left != 0; --left) {
    if (!from.deliver_one() || condition()) break;
  }
  return condition();
}

}  // namespace

router::router(loop& home) : bell_(home.bell()) {}

router::~router() {
  if (inbox_) inbox_->close();
}

void router::start() {
  bell_->home().require("router::start");
  if (inbox_) throw router_misuse("router::start: expected a stopped router, found a running one");
  inbox_ = std::make_shared<inbox>(bell_);
  log::line(log_room::router, log_level::debug, "router started");
}

void router::stop() {
  require_running("router::stop");
  if (open_pipes_ != 0) {
    log::line(log_room::router, log_level::warning, "router stopped with {} unclosed pipes",
              open_pipes_);
  }
  inbox_->close();
  inbox_ = nullptr;
  open_pipes_ = 0;
  log::line(log_room::router, log_level::debug, "router stopped");
}

sender router::open_pipe(ref<receiver> to) {
  require_running("router::open_pipe");
  if (to->inbox_) {
    throw router_misuse("router::open_pipe: expected a receiver without a pipe, found pipe #" +
                        std::to_string(to->connection_));
  }
  to->inbox_ = inbox_;
  to->connection_ = next_connection_++;
  to->open_ = true;
  ++open_pipes_;
  return sender(std::move(to));
}

void router::close_pipe(receiver& from) {
  require_running("router::close_pipe");
  if (from.inbox_ != inbox_ || !from.open_) {
    throw router_misuse("router::close_pipe: expected an open pipe of this router, found pipe #" +
                        std::to_string(from.connection_) + ", which is not");
  }
  from.open_ = false;
  --open_pipes_;
}

bool router::route_until(const std::function<bool()>& condition, time_limit limit) {
  require_running("router::route_until");
  const auto end = deadline_after(limit);
  // An observer may stop the router; its inbox stays until the routing is over.
  auto from = inbox_;
  affinity::scope at_home(bell_->home());
  while (!condition()) {
    if (passed(end)) return deliver_arrived(*from, condition);
    if (!from->deliver_one()) from->wait(end);
  }
  return true;
}

void router::require_running(const char* call) const {
  bell_->home().require(call);
  if (!inbox_) {
    throw router_misuse(std::string(call) + ": expected a running router, found one that is " +
                        (next_connection_ == 0 ? "not started" : "stopped"));
  }
}

}  // namespace offstage
