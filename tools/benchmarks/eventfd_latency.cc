// Microseconds for a round trip between two threads through a pair of eventfds: the floor.

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tools/benchmarks/measure.h"

int main(int argc, char** argv) {
  const int trips = argc > 1 ? std::atoi(argv[1]) : 5000;
  const int there = eventfd(0, 0);
  const int back = eventfd(0, 0);
  const auto pass = [](int from, int to) {
    std::uint64_t value = 0;
    return read(from, &value, sizeof value) == sizeof value &&
           write(to, &value, sizeof value) == sizeof value;
  };
  std::thread echo([&] {
    for (int i = 0; i < trips; ++i) {
      if (!pass(there, back)) std::abort();
    }
  });
  std::vector<double> sample;
  for (int i = 0; i < trips; ++i) {
    std::uint64_t value = 1;
    const auto begin = offstage::bench::clock::now();
    if (write(there, &value, sizeof value) != sizeof value) return 1;
    if (read(back, &value, sizeof value) != sizeof value) return 1;
    sample.push_back(offstage::bench::us_since(begin));
  }
  echo.join();
  offstage::bench::tell("eventfd_us", {offstage::bench::quantile(sample, 0.5)});
}
