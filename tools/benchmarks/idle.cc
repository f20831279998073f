// Context switches of all threads while an executor with four workers has nothing to do.

#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

namespace {

long context_switches() {
  long total = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(thread.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.find("ctxt_switches:") != line.npos) {
        total += std::stol(line.substr(line.find(':') + 1));
      }
    }
  }
  return total;
}

double cpu_ms() {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  return 1e3 * static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         1e-3 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  const auto time = std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 10000);
  offstage::manual_loop loop;
  offstage::executor executor{loop, {.worker_count = 4}};
  std::vector<offstage::call_future<void>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(offstage::submit_call(executor, [] {}));
  for (const auto& each : futures) loop.run_until(each);
  loop.run_until([] { return false; }, std::chrono::milliseconds(100));
  const auto switches = context_switches();
  const auto spent = cpu_ms();
  loop.run_until([] { return false; }, time);
  const auto spent_idle = cpu_ms() - spent;
  offstage::bench::tell("idle_switches", {static_cast<double>(context_switches() - switches)});
  offstage::bench::tell("idle_cpu_ms", {spent_idle});
}
