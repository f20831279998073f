// Ten lines: a slow call, away, and its result at home.

#include <chrono>
#include <iostream>
#include <thread>

#include "actors/offstage.h"

int slow_square(int n);

int main() {
  offstage::manual_loop loop;
  offstage::executor executor{loop};

  auto future = offstage::submit_call(executor, slow_square, 12);
  loop.run_until(future);
  std::cout << future.result() << '\n';
}

int slow_square(int n) {
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  return n * n;
}
