// The same with Qt's QPromise: results, of which the watcher tells every one, or its progress
// value, of which the watcher tells some.

#include <QtConcurrent>
#include <QtCore>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tools/benchmarks/measure.h"

namespace {

void add_results(QPromise<int>& promise, int to) {
  for (int i = 0; i < to; ++i) promise.addResult(i);
}

void set_progress(QPromise<int>& promise, int to) {
  promise.setProgressRange(0, to - 1);
  for (int i = 0; i < to; ++i) promise.setProgressValue(i);
}

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  const bool latest = argc > 1 && std::strcmp(argv[1], "latest") == 0;
  const int messages = argc > 2 ? std::atoi(argv[2]) : 1000000;
  std::vector<double> values;
  for (int repetition = 0; repetition < 4; ++repetition) {
    int seen = 0;
    int last = -1;
    QEventLoop loop;
    QFutureWatcher<int> watcher;
    QObject::connect(&watcher, &QFutureWatcher<int>::finished, &loop, &QEventLoop::quit);
    if (latest) {
      QObject::connect(&watcher, &QFutureWatcher<int>::progressValueChanged,
                       [&](int value) { last = value; });
    } else {
      QObject::connect(&watcher, &QFutureWatcher<int>::resultReadyAt, [&](int index) {
        ++seen;
        last = watcher.resultAt(index);
      });
    }
    const auto begin = offstage::bench::clock::now();
    watcher.setFuture(QtConcurrent::run(latest ? set_progress : add_results, messages));
    loop.exec();
    if (last != messages - 1 || (!latest && seen != messages)) return 1;
    if (repetition > 0) values.push_back(offstage::bench::us_since(begin) / messages);
  }
  offstage::bench::tell(latest ? "qt_progress_us" : "qt_result_us", values);
}
