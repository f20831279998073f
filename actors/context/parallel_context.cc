#include "actors/context/parallel_context.h"

#include <string>
#include <utility>

#include "actors/context/ending.h"
#include "actors/context/thread_event.h"
#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/router/router.h"

namespace offstage {

parallel_context::parallel_context() : anchor_(std::make_shared<context_anchor>()) {
  anchor_->context = this;
  anchor_->users = std::make_shared<context_users>(*this);
}

parallel_context::~parallel_context() { finish(); }

std::shared_ptr<worker_pool> parallel_context::make_pool(pool_options options) {
  require_open("parallel_context::make_pool");
  return do_make_pool(options);
}

event parallel_context::make_event() {
  require_open("parallel_context::make_event");
  return do_make_event();
}

std::unique_ptr<message_router> parallel_context::make_router(loop& home) {
  require_open("parallel_context::make_router");
  users()->warm_up();
  return do_make_router(home);
}

event parallel_context::do_make_event() { return event(std::make_shared<thread_event>()); }

std::unique_ptr<message_router> parallel_context::do_make_router(loop& home) {
  return std::make_unique<router>(home);
}

void parallel_context::close() {
  users()->require_process("parallel_context::close");
  if (!users()->close()) return;
  do_close();
  log::line(log_room::context, log_level::debug, "context closed");
}

bool parallel_context::closed() const noexcept { return users()->closed(); }

void parallel_context::finish() noexcept {
  if (users()->elsewhere()) return;
  const ending together;
  context_users::clients told;
  const bool first = users()->close_for(told);
  // All are told before the first one is waited for: the time is everybody's.
  for (auto each = told.rbegin(); each != told.rend(); ++each) {
    if (const auto client = each->second.lock()) client->context_ends();
  }
  for (auto each = told.rbegin(); each != told.rend(); ++each) {
    if (const auto client = each->second.lock()) client->end_with_context();
  }
  anchor_->context = nullptr;
  users()->gone();
  if (first) do_close();
  for (const auto& each : told) {
    if (const auto client = each.second.lock()) client->tell_turn();
  }
}

void parallel_context::require_open(const char* call) const {
  users()->require_process(call);
  if (closed()) {
    throw context_closed(std::string(call) + ": expected an open context, found a closed one");
  }
}

}  // namespace offstage
