// A flood of progress messages from many executors at one loop: the memory that it takes while home
// is stuck for two seconds, how late a timer of 1 ms is while the loop serves the flood, and how
// many messages are delivered meanwhile.

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

namespace {

using message = std::array<char, 1000>;

void flood(offstage::progress<message>& report) {
  for (;;) report(message{});
}

// A loop with a timer of its own, as an application's loop has.
class timer_loop final : public offstage::loop {
 public:
  timer_loop() : loop(offstage::affinity::binding::this_thread) {}
  ~timer_loop() override {
    close();
    ::close(event_);
    ::close(timer_);
  }

  void wake() noexcept override {
    const std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(event_, &one, sizeof one);
  }

  // Takes turns for so long; returns by how many milliseconds the timer was late, each time.
  std::vector<double> run(std::chrono::milliseconds time) {
    std::vector<double> late;
    const auto end = clock::now() + time;
    auto due = clock::now() + std::chrono::milliseconds(1);
    set(due);
    while (clock::now() < end) {
      std::array<pollfd, 2> ready{{{event_, POLLIN, 0}, {timer_, POLLIN, 0}}};
      ::poll(ready.data(), ready.size(), -1);
      if (ready[1].revents != 0) {
        late.push_back(std::chrono::duration<double, std::milli>(clock::now() - due).count());
        due = clock::now() + std::chrono::milliseconds(1);
        set(due);
      }
      if (ready[0].revents != 0) {
        std::uint64_t count;
        [[maybe_unused]] auto taken = ::read(event_, &count, sizeof count);
        dispatch();
      }
    }
    return late;
  }

 private:
  using clock = std::chrono::steady_clock;

  void set(clock::time_point due) {
    const auto at = due.time_since_epoch().count();
    const itimerspec when{{0, 0}, {at / 1000000000, at % 1000000000}};
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
  }

  const int event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const int timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
};

double peak_mib() {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 16;
  timer_loop loop;
  offstage::multithreading_context context;
  std::vector<std::unique_ptr<offstage::executor>> executors;
  std::vector<offstage::progress_future<message, void>> futures;
  double seen = 0;
  const double before = peak_mib();
  for (int i = 0; i < count; ++i) {
    executors.push_back(std::make_unique<offstage::executor>(
        loop, offstage::executor_options{.context = &context, .worker_count = 1}));
    futures.push_back(offstage::submit_progress(*executors.back(), flood));
    futures.back().on_progress([&](const message&) { ++seen; });
  }
  const timespec stuck{2, 0};
  nanosleep(&stuck, nullptr);
  offstage::bench::tell("flood_memory_mib", {peak_mib() - before});
  const auto late = loop.run(std::chrono::seconds(3));
  offstage::bench::tell("flood_timer_late_ms", {offstage::bench::quantile(late, 0.99)});
  offstage::bench::tell("flood_timer_ticks", {static_cast<double>(late.size())});
  offstage::bench::tell("flood_messages_per_s", {seen / 3});
}
