#include "examples/gtk_prime_counting/count_primes.h"

namespace {

bool is_prime(std::uint64_t n) {
  if (n % 2 == 0) return n == 2;
  for (std::uint64_t divisor = 3; divisor * divisor <= n; divisor += 2) {
    if (n % divisor == 0) return false;
  }
  return n > 1;
}

}  // namespace

std::uint64_t count_primes(offstage::progress<count_so_far>& report, std::uint64_t below) {
  count_so_far now;
  for (; now.tried < below; ++now.tried) {
    // Some milliseconds of work: often enough for a person who waits or cancels.
    if (now.tried % 2000 == 0) report(now);
    now.primes += is_prime(now.tried) ? 1 : 0;
  }
  report(now);
  return now.primes;
}
