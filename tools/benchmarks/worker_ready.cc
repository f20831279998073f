// How long it takes until a new worker process has run a first call: worker_ready METHOD cold|warm.
//
// Cold: with a new context each time, fork server included. Warm: a new pool of a context that has
// started workers before.

#include <optional>
#include <string_view>
#include <vector>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

namespace {

int low_bits(int n) { return n & 7; }

double first_call_ms(offstage::manual_loop& loop, offstage::multiprocessing_context& context) {
  const auto begin = offstage::bench::clock::now();
  offstage::executor executor{loop, {.context = &context, .worker_count = 1}};
  const auto future = offstage::submit_call(executor, low_bits, 9);
  loop.run_until(future);
  const double out = offstage::bench::us_since(begin) / 1000;
  return future.result() == 1 ? out : -1;
}

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  if (argc < 3) return 2;
  const bool spawns = std::string_view(argv[1]) == "spawn";
  const bool cold = std::string_view(argv[2]) == "cold";
  const offstage::multiprocessing_options options{
      .method = spawns ? offstage::start_method::spawn : offstage::start_method::forkserver};
  offstage::manual_loop loop;
  std::optional<offstage::multiprocessing_context> context;
  std::vector<double> values;
  for (int i = 0; i < (cold ? 10 : 50); ++i) {
    if (cold || !context) context.emplace(options);
    if (!cold && i == 0) first_call_ms(loop, *context);
    values.push_back(first_call_ms(loop, *context));
  }
  offstage::bench::tell("worker_ready_ms", values);
}
