// loop_flood: a flood of progress messages at the event loop of a toolkit.
//
// Question: what do messages leave of a loop to its timers and its painter?
// Zone:     home.
//
// A toolkit's program gives a `Toolkit`:
//
//   make_loop()        Offstage's loop of the toolkit
//   run(time)          runs the toolkit's loop for so long
//   after_1_ms(call)   calls once from a timer of the toolkit's
//   post(call)         queues an event for a call, the toolkit's usual way; from any thread
//   painted()          frames that its window has painted so far; it asks for one every 16 ms
//
// and is called with `offstage` or `events` (one event of the toolkit's for each message, as it is
// usually written), the number of executors or threads, and for how many milliseconds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

namespace offstage::bench {

inline void report_numbers(progress<int>& report) {
  for (int i = 0;; ++i) report(i);
}

template <class Toolkit>
class loop_flood {
 public:
  explicit loop_flood(Toolkit& toolkit) : toolkit_(toolkit) {}

  int run(int argc, char** argv) {
    const std::string way = argc > 1 ? argv[1] : "offstage";
    const int count = argc > 2 ? std::atoi(argv[2]) : 1;
    if (argc > 3) flood_time_ = std::chrono::milliseconds(std::atoi(argv[3]));
    // The first frames of a window are dearer.
    toolkit_.run(std::chrono::milliseconds(500));
    const int before = toolkit_.painted();
    toolkit_.run(flood_time_);
    quiet_ = toolkit_.painted() - before;
    way == "events" ? flood_of_events(count) : flood_of_messages(count);
    return 0;
  }

 private:
  void flood_of_messages(int count) {
    auto loop = toolkit_.make_loop();
    multithreading_context context;
    std::vector<std::unique_ptr<executor>> executors;
    std::vector<progress_future<int, void>> futures;
    for (int i = 0; i < count; ++i) {
      executors.push_back(std::make_unique<executor>(
          *loop, executor_options{.context = &context, .worker_count = 1}));
      futures.push_back(submit_progress(*executors.back(), report_numbers));
      futures.back().on_progress([this](const int&) { ++seen_; });
    }
    measure("loop_flood");
    for (auto& each : futures) each.cancel();
  }

  void flood_of_events(int count) {
    constexpr long waiting_max = 200000;
    std::atomic<bool> stop{false};
    std::atomic<long> waiting{0};
    // Some toolkits do nothing else until the flood is over.
    const auto end = clock::now() + 2 * flood_time_;
    std::vector<std::thread> producers;
    for (int i = 0; i < count; ++i) {
      producers.emplace_back([&] {
        while (!stop && clock::now() < end) {
          if (waiting >= waiting_max) {
            std::this_thread::yield();
            continue;
          }
          ++waiting;
          toolkit_.post([&] {
            ++seen_;
            --waiting;
          });
        }
      });
    }
    measure("events_flood");
    stop = true;
    for (auto& each : producers) each.join();
    while (waiting > 0) toolkit_.run(std::chrono::milliseconds(10));
  }

  void measure(const std::string& name) {
    const int before = toolkit_.painted();
    due_ = clock::now() + std::chrono::milliseconds(1);
    expect_timer();
    toolkit_.run(flood_time_);
    // A timer that did not come at all is as late as it is by now.
    late_.push_back(us_since(due_) / 1000);
    tell(name + "_timer_late_ms", {quantile(late_, 0.99)});
    tell(name + "_frames_part", {quiet_ > 0 ? (toolkit_.painted() - before) / quiet_ : 0});
    tell(name + "_messages_per_s", {seen_ / std::chrono::duration<double>(flood_time_).count()});
    over_ = true;
  }

  void expect_timer() {
    toolkit_.after_1_ms([this] {
      if (over_) return;
      late_.push_back(us_since(due_) / 1000);
      due_ = clock::now() + std::chrono::milliseconds(1);
      expect_timer();
    });
  }

  Toolkit& toolkit_;
  std::chrono::milliseconds flood_time_{3000};
  std::vector<double> late_;
  clock::time_point due_;
  double quiet_ = 0;
  double seen_ = 0;
  bool over_ = false;
};

}  // namespace offstage::bench
