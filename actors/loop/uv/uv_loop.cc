#include "actors/loop/uv/uv_loop.h"

#include <uv.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>

#include "actors/log/log.h"

namespace offstage {

// The handles stay where they are until libuv has called back for both.
struct uv_loop::wiring {
  uv_poll_t poll;
  uv_timer_t limit;
  uv_loop* owner;
  int open;

  static void close(wiring* self) {
    self->owner = nullptr;
    const auto closed = [](uv_handle_t* handle) {
      auto* const of = static_cast<wiring*>(handle->data);
      if (--of->open == 0) delete of;
    };
    uv_close(reinterpret_cast<uv_handle_t*>(&self->poll), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&self->limit), closed);
  }

  void watch() {
    uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* handle, int, int) {
      if (auto* const owner = static_cast<wiring*>(handle->data)->owner) owner->taken();
    });
  }

  uv_handle_t* poll_handle() { return reinterpret_cast<uv_handle_t*>(&poll); }
};

uv_loop::uv_loop(uv_loop_t* loop) : runnable_loop(affinity::binding::this_thread) {
  auto made = std::make_unique<wiring>();
  made->owner = this;
  made->poll.data = made->limit.data = made.get();
  auto* const of = loop != nullptr ? loop : uv_default_loop();
  if (const int error = uv_poll_init(of, &made->poll, event_.descriptor()); error != 0) {
    throw std::system_error(-error, std::generic_category(), "uv_loop: uv_poll_init");
  }
  made->open = 2;
  wiring_ = made.release();
  // These two cannot fail.
  uv_timer_init(of, &wiring_->limit);
  wiring_->watch();
  uv_unref(wiring_->poll_handle());
}

uv_loop::~uv_loop() {
  close();
  wiring::close(wiring_);
}

void uv_loop::wake() noexcept { event_.signal(); }

void uv_loop::taken() {
  if (!at_home()) {
    // Out of this thread's sight; what waits is there when home runs the loop.
    uv_poll_stop(&wiring_->poll);
    log::line(log_room::loop, log_level::error,
              "uv_loop: expected a loop that is run by the thread that constructed the uv_loop; "
              "found that another thread runs it, where nothing is delivered");
    return;
  }
  event_.clear();
  const auto* const handles = wiring_;
  ++turns_;
  turn();
  // The loop may have been destroyed; its handles are still there, for libuv is calling one.
  if (handles->owner != nullptr) --turns_;
}

void uv_loop::keep_running(bool on) noexcept {
  kept_ = on;
  set_reference();
}

void uv_loop::set_reference() noexcept {
  if (kept_ || waits_ > 0) {
    uv_ref(wiring_->poll_handle());
  } else {
    uv_unref(wiring_->poll_handle());
  }
}

void uv_loop::run_for(wait& what) {
  if (turns_ > 0) return run_for_messages(what, event_);
  if (uv_is_active(wiring_->poll_handle()) == 0) wiring_->watch();
  ++waits_;
  set_reference();
  auto* const of = wiring_->poll.loop;
  do {
    if (what.end()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *what.end() - std::chrono::steady_clock::now());
      uv_update_time(of);
      uv_timer_start(
          &wiring_->limit, [](uv_timer_t*) {},
          static_cast<std::uint64_t>(std::max<std::int64_t>(left.count(), 0)), 0);
    }
    uv_run(of, UV_RUN_ONCE);
  } while (!what.over());
  if (what.loop_gone()) return;
  uv_timer_stop(&wiring_->limit);
  --waits_;
  set_reference();
}

}  // namespace offstage
