// The same job with Qt Concurrent: a watcher per task, or a continuation in a context.

#include <QtConcurrent>
#include <QtCore>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tools/benchmarks/measure.h"

namespace {

// Runs the tasks once; `submit(i, seen)` starts one and has `seen(result)` called at home.
template <class Submit>
bool run(int tasks, Submit&& submit) {
  int done = 0;
  long sum = 0;
  long expected = 0;
  QEventLoop loop;
  const auto seen = [&](int result) {
    sum += result;
    if (++done == tasks) loop.quit();
  };
  for (int i = 0; i < tasks; ++i) {
    expected += i & 7;
    submit(i, seen);
  }
  if (done < tasks) loop.exec();
  return sum == expected;
}

bool with_watchers(int tasks) {
  return run(tasks, [](int i, const auto& seen) {
    auto* watcher = new QFutureWatcher<int>;
    QObject::connect(watcher, &QFutureWatcher<int>::finished, [&seen, watcher] {
      seen(watcher->result());
      delete watcher;
    });
    watcher->setFuture(QtConcurrent::run([i] { return i & 7; }));
  });
}

bool with_then(int tasks) {
  QObject home;
  return run(tasks, [&home](int i, const auto& seen) {
    QtConcurrent::run([i] { return i & 7; }).then(&home, [&seen](int result) { seen(result); });
  });
}

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  const bool then = argc > 1 && std::strcmp(argv[1], "then") == 0;
  const int tasks = argc > 2 ? std::atoi(argv[2]) : 100000;
  QThreadPool::globalInstance()->setMaxThreadCount(argc > 3 ? std::atoi(argv[3]) : 2);
  std::vector<double> values;
  for (int repetition = 0; repetition < 4; ++repetition) {
    const auto begin = offstage::bench::clock::now();
    if (!(then ? with_then(tasks) : with_watchers(tasks))) return 1;
    if (repetition > 0) values.push_back(offstage::bench::us_since(begin) / tasks);
  }
  offstage::bench::tell(then ? "qt_then_us" : "qt_watcher_us", values);
}
