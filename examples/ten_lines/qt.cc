// A Qt window that stays alive while a call takes its time.

#include <QApplication>
#include <QPushButton>
#include <chrono>
#include <thread>

#include "actors/loop/qt/qt_loop.h"
#include "actors/offstage.h"

int slow_square(int n) {
  std::this_thread::sleep_for(std::chrono::seconds(1));
  return n * n;
}

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  offstage::qt_loop loop;
  offstage::executor executor{loop};

  QPushButton button("Square 12");
  QObject::connect(&button, &QPushButton::clicked, [&] {
    button.setText("...");
    auto future = offstage::submit_call(executor, slow_square, 12);
    future.on_result([&](const auto& done) { button.setText(QString::number(done.result())); });
  });
  button.resize(200, 60);
  button.show();
  return application.exec();
}
