// qt_loop: Qt's event loop as home.
//
// Question: how do messages get into a Qt application?
// Zone:     border. Hears `wake` from any thread, takes turns as Qt's events.
//
//   QApplication application(argc, argv);
//   offstage::qt_loop loop;
//   offstage::executor executor{loop};
//   ...
//   return application.exec();
#pragma once

#include <memory>

#include "actors/loop/runnable_loop.h"
#include "actors/loop/wake_event.h"

namespace offstage {

/// The Qt event loop of the thread that constructs it, which is home: the application's (construct
/// the QCoreApplication or QApplication first) or that of any other thread which runs one, a
/// QThread's or a std::thread's.
///
/// Qt's loop is used, never owned: it may be running, not yet running, or nested (`exec()` of
/// dialogs). Turns are taken between Qt's other events, so that input, timers and paints go on in a
/// flood of messages. No class of this file needs moc. Qt 6; Qt 5.15 compiles as well.
class qt_loop final : public runnable_loop {
 public:
  /// @errors invalid_options if the thread can have no event loop: in the main thread, Qt wants a
  ///   QCoreApplication before; std::system_error if the system has no descriptor left.
  qt_loop();
  /// @thread Home. The application object may be gone already.
  ~qt_loop() override;

  /// @thread Any; async-signal-safe.
  void wake() noexcept override;

 protected:
  /// Ends also when Qt ends all event loops of the thread: `QCoreApplication::quit()`, the closing
  /// of the last window, `QThread::quit()`. Waits for messages alone when the application is gone.
  void run_for(wait& what) override;

 private:
  class wiring;

  wake_event event_;
  std::unique_ptr<wiring> wiring_;
};

}  // namespace offstage
