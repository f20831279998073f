// A libuv program that answers at once, and computes meanwhile.

#include <uv.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "actors/loop/uv/uv_loop.h"
#include "actors/offstage.h"

int slow_square(int n) {
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  return n * n;
}

int main() {
  offstage::uv_loop loop;
  offstage::executor executor{loop};

  auto future = offstage::submit_call(executor, slow_square, 12);
  future.on_result([](const auto& done) { std::cout << done.result() << '\n'; });

  uv_timer_t timer;
  uv_timer_init(uv_default_loop(), &timer);
  uv_timer_start(
      &timer, [](uv_timer_t*) { std::cout << "still here\n"; }, 50, 0);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);  // Returns when nothing is left to do.
}
