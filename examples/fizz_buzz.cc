// A kind of task of one's own: a body that sends messages by name, and a future that knows them.

#include <cstdlib>
#include <iostream>
#include <utility>

#include "actors/offstage.h"

class fizz_buzz_future : public offstage::custom_future<fizz_buzz_future> {
 public:
  fizz_buzz_future() = default;
  explicit fizz_buzz_future(offstage::ref<offstage::future_core> core)
      : custom_future(std::move(core)) {}

  template <class Observer>
  void on_fizz(Observer observer) const {
    on_message<int>("fizz", std::move(observer));
  }
  template <class Observer>
  void on_buzz(Observer observer) const {
    on_message<int>("buzz", std::move(observer));
  }
  template <class Observer>
  void on_fizz_buzz(Observer observer) const {
    on_message<int>("fizz_buzz", std::move(observer));
  }
};

struct fizz_buzz {
  using future_type = fizz_buzz_future;
  int to;

  void operator()(offstage::task_channel& channel) {
    for (int n = 1; n <= to; ++n) {
      if (n % 15 == 0) {
        channel.send("fizz_buzz", n);
      } else if (n % 3 == 0) {
        channel.send("fizz", n);
      } else if (n % 5 == 0) {
        channel.send("buzz", n);
      }
    }
  }
};

int main(int argc, char** argv) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};

  auto future = executor.submit(fizz_buzz{argc > 1 ? std::atoi(argv[1]) : 15});
  future.on_fizz([](int n) { std::cout << n << " fizz\n"; });
  future.on_buzz([](int n) { std::cout << n << " buzz\n"; });
  future.on_fizz_buzz([](int n) { std::cout << n << " fizz buzz\n"; });
  loop.run_until(future);
  return future.state() == offstage::future_state::completed ? 0 : 1;
}
