// Bytes that a waiting task keeps, with a million of them behind a busy worker.

#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

namespace {

double resident_bytes() {
  long pages = 0;
  long resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * 4096;
}

}  // namespace

int low_bits(int n) { return n & 7; }

void wait_for(offstage::event release) { release.wait(); }

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  const int tasks = argc > 1 ? std::atoi(argv[1]) : 1000000;
  const bool processes = argc > 2 && std::strcmp(argv[2], "processes") == 0;
  offstage::manual_loop loop;
  std::unique_ptr<offstage::parallel_context> context;
  if (processes) {
    context = std::make_unique<offstage::multiprocessing_context>();
  } else {
    context = std::make_unique<offstage::multithreading_context>();
  }
  offstage::executor executor{loop, {.context = context.get(), .worker_count = 1}};
  const auto release = executor.context().make_event();
  offstage::submit_call(executor, wait_for, release);
  const double allocated = static_cast<double>(mallinfo2().uordblks);
  const double resident = resident_bytes();
  for (int i = 0; i < tasks; ++i) offstage::submit_call(executor, low_bits, i);
  const double allocated_each = (static_cast<double>(mallinfo2().uordblks) - allocated) / tasks;
  const double resident_each = (resident_bytes() - resident) / tasks;
  offstage::bench::tell(processes ? "waiting_process_task_bytes" : "waiting_task_bytes",
                        {std::max(allocated_each, resident_each)});
  release.set();
}
