// Microseconds for one call on an idle system: submitted, run, and seen to be done.

#include <cstdlib>
#include <vector>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

int main(int argc, char** argv) {
  const int tasks = argc > 1 ? std::atoi(argv[1]) : 5000;
  offstage::manual_loop loop;
  offstage::executor executor{loop, {.worker_count = 1}};
  std::vector<double> sample;
  for (int i = 0; i < tasks; ++i) {
    const auto begin = offstage::bench::clock::now();
    auto future = offstage::submit_call(executor, [i] { return i; });
    loop.run_until(future);
    sample.push_back(offstage::bench::us_since(begin));
  }
  offstage::bench::tell("threads_latency_us", {offstage::bench::quantile(sample, 0.5)});
}
