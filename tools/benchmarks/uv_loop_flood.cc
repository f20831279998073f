// The flood at a libuv loop.

#include <uv.h>

#include <mutex>
#include <utility>

#include "actors/loop/uv/uv_loop.h"
#include "tools/benchmarks/loop_flood.h"

namespace {

class toolkit {
 public:
  toolkit() {
    timer_.data = async_.data = this;
    uv_timer_init(uv_default_loop(), &timer_);
    uv_timer_init(uv_default_loop(), &end_);
    uv_async_init(uv_default_loop(), &async_,
                  [](uv_async_t* handle) { static_cast<toolkit*>(handle->data)->call_posted(); });
  }

  static auto make_loop() { return std::make_unique<offstage::uv_loop>(); }
  void run(std::chrono::milliseconds time) {
    uv_update_time(uv_default_loop());
    uv_timer_start(
        &end_, [](uv_timer_t* handle) { uv_stop(handle->loop); },
        static_cast<std::uint64_t>(time.count()), 0);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  }
  template <class Call>
  void after_1_ms(Call call) {
    call_ = call;
    uv_timer_start(
        &timer_, [](uv_timer_t* handle) { static_cast<toolkit*>(handle->data)->call_(); }, 1, 0);
  }
  // libuv has no queue of its own: a list and uv_async_send are what its manual teaches.
  template <class Call>
  void post(Call call) {
    {
      std::lock_guard lock(mutex_);
      posted_.emplace_back(call);
    }
    uv_async_send(&async_);
  }
  static int painted() { return 0; }

 private:
  void call_posted() {
    std::vector<std::function<void()>> calls;
    {
      std::lock_guard lock(mutex_);
      calls.swap(posted_);
    }
    for (auto& each : calls) each();
  }

  uv_timer_t timer_;
  uv_timer_t end_;
  uv_async_t async_;
  std::function<void()> call_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace

int main(int argc, char** argv) {
  toolkit uv;
  return offstage::bench::loop_flood(uv).run(argc, argv);
}
