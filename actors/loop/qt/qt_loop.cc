#include "actors/loop/qt/qt_loop.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QEventLoop>
#include <QSocketNotifier>
#include <QTimer>
#include <algorithm>
#include <chrono>

#include "actors/errors/errors.h"

namespace offstage {

namespace {

// Qt makes a thread's dispatcher when it is first asked for an event loop.
void require_dispatcher() {
  if (QAbstractEventDispatcher::instance() != nullptr) return;
  if (QCoreApplication::instance() != nullptr) {
    QEventLoop asks;
    if (QAbstractEventDispatcher::instance() != nullptr) return;
  }
  throw invalid_options(
      "qt_loop: expected a QCoreApplication, constructed before the loop; found none");
}

}  // namespace

class qt_loop::wiring {
 public:
  explicit wiring(qt_loop& owner) : notifier(owner.event_.descriptor(), QSocketNotifier::Read) {
    QObject::connect(&notifier, &QSocketNotifier::activated, &notifier, [&owner] {
      owner.event_.clear();
      owner.turn();
    });
  }

  QSocketNotifier notifier;
};

qt_loop::qt_loop() : runnable_loop(affinity::binding::this_thread) {
  require_dispatcher();
  wiring_ = std::make_unique<wiring>(*this);
}

qt_loop::~qt_loop() { close(); }

void qt_loop::wake() noexcept { event_.signal(); }

void qt_loop::run_for(wait& what) {
  auto* const dispatcher = QAbstractEventDispatcher::instance();
  // It went with the application.
  if (dispatcher == nullptr) return run_for_messages(what, event_);
  QEventLoop nested;
  const auto ask = [&] {
    if (what.over()) nested.quit();
  };
  // Qt says one or the other in each round, before it sleeps.
  QObject::connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, &nested, ask);
  QObject::connect(dispatcher, &QAbstractEventDispatcher::awake, &nested, ask);
  QTimer limit;
  if (what.end()) {
    constexpr std::chrono::milliseconds most = std::chrono::hours(24);
    limit.setTimerType(Qt::PreciseTimer);
    limit.start(std::min(most, std::chrono::ceil<std::chrono::milliseconds>(
                                   *what.end() - std::chrono::steady_clock::now())));
  }
  nested.exec();
}

}  // namespace offstage
