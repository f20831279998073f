// Microseconds per progress message of one task in a thread, from the submission to the task's end
// as home sees it: with every message delivered, or with the latest one.

#include <cstdlib>
#include <cstring>
#include <vector>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

void count_up(offstage::progress<int>& report, int to) {
  for (int i = 0; i < to; ++i) report(i);
}

int main(int argc, char** argv) {
  const bool latest = argc > 1 && std::strcmp(argv[1], "latest") == 0;
  const int messages = argc > 2 ? std::atoi(argv[2]) : 1000000;
  offstage::manual_loop loop;
  offstage::executor executor{loop, {.worker_count = 1}};
  std::vector<double> values;
  for (int repetition = 0; repetition < 4; ++repetition) {
    int seen = 0;
    int last = -1;
    const auto begin = offstage::bench::clock::now();
    auto future = offstage::submit_progress(
        executor, {latest ? offstage::delivery::latest_value : offstage::delivery::keep_all},
        count_up, messages);
    future.on_progress([&](int value) {
      ++seen;
      last = value;
    });
    loop.run_until(future);
    if (last != messages - 1 || (!latest && seen != messages)) return 1;
    if (repetition > 0) values.push_back(offstage::bench::us_since(begin) / messages);
  }
  offstage::bench::tell(latest ? "threads_latest_us" : "threads_message_us", values);
}
