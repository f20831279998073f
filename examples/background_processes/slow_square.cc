#include "examples/background_processes/slow_square.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stdexcept>

namespace {

// How long a calculation would take: exponentially distributed, so that the given share of them is
// above the limit. Without a limit between 0 and 1 there is no such distribution.
double needed_s(square_conditions conditions) {
  if (conditions.failing_share <= 0) return conditions.time_limit_s / 2;
  if (conditions.failing_share >= 1) return 2 * conditions.time_limit_s + 1;
  thread_local std::mt19937 chance{std::random_device{}()};
  const double rate = -std::log(conditions.failing_share) / std::max(conditions.time_limit_s, 1e-9);
  return std::exponential_distribution<double>(rate)(chance);
}

// Stands for a calculation that waits for something. Returns early when a stop is requested.
void wait(double seconds, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
}

// Stands for a calculation that computes. Returns early when a stop is requested.
void compute(double seconds, const std::stop_token& stop) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + std::chrono::duration<double>(seconds);
  volatile double root = 2;
  while (!stop.stop_requested() && clock::now() < end) {
    for (int i = 0; i < 1000; ++i) root = (root + 2 / root) / 2;
  }
}

}  // namespace

long slow_square(std::stop_token stop, int n, square_conditions conditions) {
  const double needed = needed_s(conditions);
  const double spent = std::min(needed, conditions.time_limit_s);
  if (conditions.stubborn) stop = std::stop_token();
  conditions.busy ? compute(spent, stop) : wait(spent, stop);
  if (needed > conditions.time_limit_s) throw std::runtime_error("Calculation took too long.");
  return static_cast<long>(n) * n;
}
