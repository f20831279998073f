// Contexts of one's own: the same program, with a fresh thread for every task, or without any other
// thread at all. A context is an object that executors are given; the rest of the program does not
// change.

#include <iostream>
#include <string>
#include <vector>

#include "actors/offstage.h"
#include "examples/own_context/inline_context.h"
#include "examples/own_context/thread_per_task_context.h"

// Stands for a library that remembers something in every thread that called it.
int calls_in_this_thread() {
  thread_local int calls = 0;
  return ++calls;
}

void show(const std::string& name, offstage::parallel_context& context) {
  offstage::manual_loop loop;
  offstage::executor executor{loop, context};
  std::vector<offstage::call_future<int>> futures;
  for (int i = 0; i < 5; ++i) {
    futures.push_back(offstage::submit_call(executor, calls_in_this_thread));
  }
  std::cout << name << ':';
  for (const auto& each : futures) {
    loop.run_until(each);
    std::cout << ' ' << each.result();
  }
  std::cout << '\n';
}

int main() {
  thread_per_task_context threads;
  show("a thread per task", threads);
  inline_context here;
  show("all in this thread", here);
}
