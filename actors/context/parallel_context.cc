#include "actors/context/parallel_context.h"

#include <mutex>
#include <string>
#include <utility>

#include "actors/context/thread_event.h"
#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/router/router.h"

namespace offstage {

struct parallel_context::clients {
  struct entry {
    const client* who;
    std::weak_ptr<client> alive;
  };

  mutable std::mutex mutex;
  bool closed = false;
  std::vector<entry> present;
};

parallel_context::parallel_context()
    : anchor_(std::make_shared<context_anchor>()), clients_(std::make_unique<clients>()) {
  anchor_->context = this;
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
  return do_make_router(home);
}

event parallel_context::do_make_event() { return event(std::make_shared<thread_event>()); }

std::unique_ptr<message_router> parallel_context::do_make_router(loop& home) {
  return std::make_unique<router>(home);
}

void parallel_context::close() {
  {
    std::lock_guard lock(clients_->mutex);
    if (clients_->closed) return;
    if (!clients_->present.empty()) {
      throw context_in_use("parallel_context::close: expected no running executor, found " +
                           std::to_string(clients_->present.size()));
    }
    clients_->closed = true;
  }
  do_close();
  log::line(log_room::context, log_level::debug, "context closed");
}

bool parallel_context::closed() const noexcept {
  std::lock_guard lock(clients_->mutex);
  return clients_->closed;
}

void parallel_context::enter(const std::shared_ptr<client>& who) {
  std::lock_guard lock(clients_->mutex);
  if (clients_->closed) {
    throw context_closed("executor: expected an open context, found a closed one");
  }
  clients_->present.push_back({who.get(), who});
}

void parallel_context::leave(const client& who) noexcept {
  std::lock_guard lock(clients_->mutex);
  std::erase_if(clients_->present, [&](const auto& entry) { return entry.who == &who; });
}

void parallel_context::finish() noexcept {
  bool first;
  {
    std::lock_guard lock(clients_->mutex);
    first = !std::exchange(clients_->closed, true);
  }
  for (;;) {
    std::shared_ptr<client> next;
    {
      std::lock_guard lock(clients_->mutex);
      if (clients_->present.empty()) break;
      next = clients_->present.back().alive.lock();
      clients_->present.pop_back();
    }
    if (next) next->context_ends();
  }
  anchor_->context = nullptr;
  if (first) do_close();
}

void parallel_context::require_open(const char* call) const {
  if (closed()) {
    throw context_closed(std::string(call) + ": expected an open context, found a closed one");
  }
}

}  // namespace offstage
