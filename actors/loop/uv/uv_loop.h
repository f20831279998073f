// uv_loop: a libuv loop as home.
//
// Question: how do messages get into a libuv program?
// Zone:     border. Hears `wake` from any thread, takes turns as libuv's callbacks.
//
//   offstage::uv_loop loop;
//   offstage::executor executor{loop};
//   ...
//   uv_run(uv_default_loop(), UV_RUN_DEFAULT);
#pragma once

#include "actors/loop/runnable_loop.h"
#include "actors/loop/wake_event.h"

extern "C" {
typedef struct uv_loop_s uv_loop_t;
}

namespace offstage {

/// A loop of libuv; the thread that constructs it is home, and the one that runs the loop.
///
/// libuv's loop is used, never owned. While tasks are under way its handles keep `uv_run` running,
/// so that it does not return before their observers were called; a loop alone keeps nothing
/// running. In another thread it delivers nothing, and says so in the log; what waits comes with
/// home's next `run_until`.
class uv_loop final : public runnable_loop {
 public:
  /// @param loop The loop to use, initialised; null is uv_default_loop().
  /// @errors std::system_error if libuv refuses its handles, or the system has no descriptor left.
  explicit uv_loop(uv_loop_t* loop = nullptr);

  /// Closes its handles, which libuv forgets when its loop runs next: run it once more (for
  /// instance with UV_RUN_NOWAIT) before `uv_loop_close`.
  /// @thread Home.
  ~uv_loop() override;

  /// @thread Any; async-signal-safe.
  void wake() noexcept override;

 protected:
  /// Runs libuv's loop; `uv_stop` does not end the wait. `uv_run` may not be nested: within an
  /// observer this waits for messages alone, and within another callback of libuv's it must not be
  /// called.
  void run_for(wait& what) override;

  /// References the handle, or unreferences it.
  void keep_running(bool on) noexcept override;

 private:
  struct wiring;

  void taken();
  void set_reference() noexcept;

  wake_event event_;
  wiring* wiring_;  // libuv frees it.
  bool kept_ = false;
  int waits_ = 0;  // Of run_until that run libuv's loop.
  int turns_ = 0;  // On the stack.
};

}  // namespace offstage
