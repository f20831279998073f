// Microseconds per empty call in threads, from the first submission to the last observed result.

#include <cstdlib>
#include <vector>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

int main(int argc, char** argv) {
  const int tasks = argc > 1 ? std::atoi(argv[1]) : 100000;
  const int workers = argc > 2 ? std::atoi(argv[2]) : 2;
  offstage::manual_loop loop;
  offstage::executor executor{loop, {.worker_count = workers}};
  std::vector<double> values;
  for (int repetition = 0; repetition < 4; ++repetition) {
    int done = 0;
    long sum = 0;
    long expected = 0;
    const auto begin = offstage::bench::clock::now();
    for (int i = 0; i < tasks; ++i) {
      expected += i & 7;
      offstage::submit_call(executor, [i] { return i & 7; }).on_done([&](const auto& future) {
        sum += future.result();
        ++done;
      });
    }
    loop.run_until([&] { return done == tasks; });
    if (sum != expected) return 1;
    // The first repetition starts threads and fills the allocator.
    if (repetition > 0) values.push_back(offstage::bench::us_since(begin) / tasks);
  }
  offstage::bench::tell("threads_task_us", values);
}
