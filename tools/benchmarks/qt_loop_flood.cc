// The flood at a Qt window.

#include <QApplication>
#include <QEventLoop>
#include <QPainter>
#include <QTimer>
#include <QWidget>

#include "actors/loop/qt/qt_loop.h"
#include "tools/benchmarks/loop_flood.h"

namespace {

class window : public QWidget {
 public:
  window() {
    resize(400, 300);
    show();
  }

  int painted = 0;

 private:
  void paintEvent(QPaintEvent*) override {
    QPainter(this).drawText(20, 20, QString::number(++painted));
  }
};

class toolkit {
 public:
  toolkit() {
    QObject::connect(&frames_, &QTimer::timeout, &window_, [this] { window_.update(); });
    frames_.start(16);
  }

  static auto make_loop() { return std::make_unique<offstage::qt_loop>(); }
  static void run(std::chrono::milliseconds time) {
    // The application's quit would close the window.
    QEventLoop run;
    QTimer::singleShot(time, Qt::PreciseTimer, &run, &QEventLoop::quit);
    run.exec();
  }
  template <class Call>
  void after_1_ms(Call call) {
    QTimer::singleShot(1, Qt::PreciseTimer, &window_, call);
  }
  template <class Call>
  void post(Call call) {
    QMetaObject::invokeMethod(&window_, call, Qt::QueuedConnection);
  }
  int painted() const { return window_.painted; }

 private:
  window window_;
  QTimer frames_;
};

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  toolkit qt;
  return offstage::bench::loop_flood(qt).run(argc, argv);
}
