// The same flood as it is usually written: a queued call for every message. Nothing bounds the
// memory but a brake of this program's own, and home is not stuck here.

#include <sys/resource.h>

#include <QtCore>
#include <array>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tools/benchmarks/measure.h"

namespace {

using message = std::array<char, 1000>;

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  const int count = argc > 1 ? std::atoi(argv[1]) : 16;
  constexpr long waiting_max = 200000;
  std::atomic<bool> stop{false};
  std::atomic<long> waiting{0};
  double seen = 0;
  QObject home;
  std::vector<double> late;
  QTimer timer;
  timer.setTimerType(Qt::PreciseTimer);
  timer.setSingleShot(true);
  auto due = offstage::bench::clock::now() + std::chrono::milliseconds(1);
  QObject::connect(&timer, &QTimer::timeout, [&] {
    late.push_back(offstage::bench::us_since(due) / 1000);
    due = offstage::bench::clock::now() + std::chrono::milliseconds(1);
    timer.start(1);
  });
  timer.start(1);
  QTimer::singleShot(3000, &application, &QCoreApplication::quit);
  std::vector<std::thread> producers;
  for (int i = 0; i < count; ++i) {
    producers.emplace_back([&] {
      while (!stop) {
        if (waiting >= waiting_max) {
          std::this_thread::yield();
          continue;
        }
        ++waiting;
        QMetaObject::invokeMethod(
            &home,
            [&, value = message{}] {
              seen += value[0] + 1;
              --waiting;
            },
            Qt::QueuedConnection);
      }
    });
  }
  application.exec();
  // A timer that did not come at all is as late as it is by now.
  late.push_back(offstage::bench::us_since(due) / 1000);
  stop = true;
  for (auto& each : producers) each.join();
  offstage::bench::tell("qt_flood_timer_late_ms", {offstage::bench::quantile(late, 0.99)});
  offstage::bench::tell("qt_flood_timer_ticks", {static_cast<double>(late.size())});
  offstage::bench::tell("qt_flood_messages_per_s", {seen / 3});
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  offstage::bench::tell("qt_flood_memory_mib", {static_cast<double>(used.ru_maxrss) / 1024});
}
