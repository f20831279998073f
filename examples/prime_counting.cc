// Progress: primes are counted away, the terminal shows how far it is, and Ctrl-C is not needed:
// the count is cancelled when it has found enough.

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "actors/offstage.h"

struct count_so_far {
  std::uint64_t tried = 0;
  std::uint64_t primes = 0;
};

bool is_prime(std::uint64_t n) {
  for (std::uint64_t divisor = 2; divisor * divisor <= n; ++divisor) {
    if (n % divisor == 0) return false;
  }
  return n > 1;
}

std::uint64_t count_primes(offstage::progress<count_so_far>& report, std::uint64_t below) {
  count_so_far now;
  for (; now.tried < below; ++now.tried) {
    if (now.tried % 1000 == 0) report(now);
    now.primes += is_prime(now.tried) ? 1 : 0;
  }
  return now.primes;
}

int main(int argc, char** argv) {
  const std::uint64_t below = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200000;
  const std::uint64_t enough = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : UINT64_MAX;
  offstage::manual_loop loop;
  offstage::executor executor{loop};

  // The terminal needs the latest count, not every one of them.
  auto future =
      offstage::submit_progress(executor, {offstage::delivery::latest_value}, count_primes, below);
  future.on_progress([=](const auto& counting, const count_so_far& now) {
    std::cerr << '\r' << now.primes << " primes below " << now.tried << std::flush;
    if (now.primes >= enough) counting.cancel();
  });
  loop.run_until(future);
  std::cerr << '\n';

  switch (future.state()) {
    case offstage::future_state::completed:
      std::cout << future.result() << " primes below " << below << '\n';
      return 0;
    case offstage::future_state::cancelled:
      std::cout << "enough\n";
      return 0;
    default:
      std::cerr << future.failure().summary() << '\n';
      return 1;
  }
}
