// A loop of one's own: it polls its descriptors, and Offstage's is one of them.

#include <poll.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <thread>

#include "actors/loop/fd/fd_loop.h"
#include "actors/offstage.h"

int slow_square(int n) {
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  return n * n;
}

int main() {
  setvbuf(stdin, nullptr, _IONBF, 0);  // What it has read ahead would not be polled.
  offstage::fd_loop loop;
  offstage::executor executor{loop};
  std::cout << "numbers, please:" << std::endl;

  std::array<pollfd, 2> watched{{{0, POLLIN, 0}, {loop.descriptor(), POLLIN, 0}}};
  while (watched[0].fd >= 0 || executor.open_tasks() > 0) {
    poll(watched.data(), watched.size(), -1);
    if (watched[1].revents != 0) loop.dispatch();
    if (watched[0].revents == 0) continue;
    int n = 0;
    if (!(std::cin >> n)) {
      watched[0].fd = -1;  // poll passes over it.
      continue;
    }
    auto future = offstage::submit_call(executor, slow_square, n);
    future.on_result([](const auto& done) { std::cout << done.result() << std::endl; });
  }
}
