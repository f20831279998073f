#include "examples/asio_server/prime_count.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace asio_server {

long count_primes(std::stop_token stop, long below) {
  // A sieve in parts, so that neither memory nor the time between two looks at the token grows.
  constexpr long part = 1 << 18;
  long found = 0;
  std::vector<bool> composite;
  std::vector<long> divisors;
  long next = 2;  // The next candidate for a divisor.
  for (long begin = 0; begin < below; begin += part) {
    if (stop.stop_requested()) throw std::runtime_error("stopped");
    const long end = std::min(begin + part, below);
    for (; next * next < end; ++next) {
      if (std::none_of(divisors.begin(), divisors.end(),
                       [&](long each) { return next % each == 0; })) {
        divisors.push_back(next);
      }
    }
    composite.assign(static_cast<std::size_t>(end - begin), false);
    for (const long each : divisors) {
      long multiple = std::max(each * each, (begin + each - 1) / each * each);
      for (; multiple < end; multiple += each) composite[multiple - begin] = true;
    }
    for (long n = std::max(begin, 2L); n < end; ++n) found += composite[n - begin] ? 0 : 1;
  }
  return found;
}

}  // namespace asio_server
