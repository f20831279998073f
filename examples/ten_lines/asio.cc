// An asio program that answers at once, and computes meanwhile.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "actors/loop/asio/asio_loop.h"
#include "actors/offstage.h"

int slow_square(int n) {
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  return n * n;
}

int main() {
  boost::asio::io_context context;
  offstage::asio_loop loop{context};
  offstage::executor executor{loop};

  auto future = offstage::submit_call(executor, slow_square, 12);
  future.on_result([](const auto& done) { std::cout << done.result() << '\n'; });

  boost::asio::steady_timer timer(context, std::chrono::milliseconds(50));
  timer.async_wait([](const auto&) { std::cout << "still here\n"; });
  context.run();  // Returns when the timer has come and the task has ended.
}
