// A program without a window: it submits, is told how each task ended, and ends properly.

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "actors/offstage.h"

// Throws for what is not a number.
double to_kelvin(const std::string& celsius) { return std::stod(celsius) + 273.15; }

int main(int argc, char** argv) {
  std::vector<std::string> readings(argv + 1, argv + argc);
  if (readings.empty()) readings = {"21.5", "19", "broken", "20.25"};

  offstage::manual_loop loop;
  offstage::executor executor{loop};
  std::size_t open = readings.size();
  int failed = 0;

  for (const auto& reading : readings) {
    auto future = offstage::submit_call(executor, to_kelvin, reading);
    // A result is asked for only where there is one: observers say which way a task ended.
    future.on_result([reading](const auto& done) {
      std::cout << reading << " C = " << done.result() << " K\n";
    });
    future.on_failure([reading, &failed](const auto& done) {
      std::cout << reading << ": " << done.failure().summary() << '\n';
      ++failed;
    });
    future.on_done([&](const auto&) {
      if (--open == 0) loop.quit();
    });
  }

  // The program's main loop; a service would stay here until it is told to end.
  loop.run();

  // Ending in the open: no task is cut off unseen, and none can keep the program.
  const auto end = executor.shutdown(std::chrono::seconds(5));
  if (!end.stopped) std::cout << end.still_running << " tasks did not end\n";
  std::cout << readings.size() << " readings, " << failed << " failed\n";
  return end.stopped ? 0 : 1;
}
