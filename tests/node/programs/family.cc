// A program with workers in all states of life: `family METHOD [print [leave]]`,
// or one whose fork server is busy for ever: `family preload`.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <stop_token>
#include <string_view>
#include <vector>

#include "actors/offstage.h"

void spin(offstage::event begun) {
  begun.set();
  for (volatile bool go = true; go;) {
  }
}

void never_stop(std::stop_token stop, offstage::event begun) {
  std::stop_callback stuck(stop, [] {
    for (volatile bool go = true; go;) {
    }
  });
  begun.set();
  for (;;) pause();
}

void flood(offstage::progress<int>& report, offstage::event begun) {
  begun.set();
  for (int i = 0;; ++i) report(i);
}

// Has a family of its own.
void have_children(offstage::event begun) {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
  offstage::executor executor{loop, {.context = &context, .worker_count = 1}};
  const auto spins = context.make_event();
  const auto spinning = offstage::submit_call(executor, spin, spins);
  spins.wait();
  begun.set();
  loop.run_until(spinning);
}

void print_lines() {
  for (int i = 0; i < 2000; ++i) std::printf("a line of one worker, and of no other one\n");
}

void print_lines_and_records() {
  for (int i = 0; i < 300; ++i) {
    std::fprintf(stderr, "a line of one worker, and of no other one\n");
    offstage::write_log(offstage::log_level::warning, "a record of one worker");
  }
}

void preload_for_ever() {
  for (volatile bool go = true; go;) {
  }
}

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  offstage::manual_loop loop;
  if (std::string_view(argv[1]) == "preload") {
    offstage::multiprocessing_context context{
        {.preload = {offstage::preload_step::function(preload_for_ever)}}};
    offstage::executor executor{loop, context};
    const auto future = offstage::submit_call(executor, print_lines);
    loop.run_until(future);
    return 0;
  }
  using offstage::start_method;
  const bool spawns = std::string_view(argv[1]) == to_string(start_method::spawn);
  offstage::multiprocessing_context context{
      {.method = spawns ? start_method::spawn : start_method::forkserver}};
  offstage::executor executor{loop, {.context = &context, .worker_count = 5}};
  if (argc > 2 && std::string_view(argv[2]) == "log") {
    std::vector<offstage::call_future<void>> writing;
    for (int i = 0; i < 5; ++i) {
      writing.push_back(offstage::submit_call(executor, print_lines_and_records));
    }
    for (const auto& each : writing) loop.run_until(each);
    return 0;
  }
  if (argc > 2) {
    std::vector<offstage::call_future<void>> printing;
    for (int i = 0; i < 5; ++i) printing.push_back(offstage::submit_call(executor, print_lines));
    // With one word more it does not wait until all is printed.
    if (argc > 3) {
      loop.run_until([&] { return printing[4].state() != offstage::future_state::waiting; });
      return 0;
    }
    for (const auto& each : printing) loop.run_until(each);
    return 0;
  }
  std::vector<offstage::event> begun;
  for (int i = 0; i < 4; ++i) begun.push_back(context.make_event());
  auto spinning = offstage::submit_call(executor, spin, begun[0]);
  auto stuck = offstage::submit_call(executor, never_stop, begun[1]);
  auto flooding = offstage::submit_progress(executor, flood, begun[2]);
  auto nested = offstage::submit_call(executor, have_children, begun[3]);
  for (const auto& each : begun) each.wait();
  stuck.cancel();
  std::printf("ready\n");
  std::fflush(stdout);
  for (;;) pause();
}
