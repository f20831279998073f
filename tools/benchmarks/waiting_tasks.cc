// Bytes that a waiting task keeps, with a million of them behind a busy worker.

#include <malloc.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

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

int main(int argc, char** argv) {
  const int tasks = argc > 1 ? std::atoi(argv[1]) : 1000000;
  offstage::manual_loop loop;
  offstage::executor executor{loop, {.worker_count = 1}};
  const auto release = executor.context().make_event();
  offstage::submit_call(executor, [release] { release.wait(); });
  const double allocated = static_cast<double>(mallinfo2().uordblks);
  const double resident = resident_bytes();
  for (int i = 0; i < tasks; ++i) offstage::submit_call(executor, [i] { return i & 7; });
  const double allocated_each = (static_cast<double>(mallinfo2().uordblks) - allocated) / tasks;
  const double resident_each = (resident_bytes() - resident) / tasks;
  offstage::bench::tell("waiting_task_bytes", {std::max(allocated_each, resident_each)});
  release.set();
}
