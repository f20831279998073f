// Qt's event loop: what every loop does, and what is Qt's own.

#include "actors/loop/qt/qt_loop.h"

#include <gtest/gtest.h>

#include <QCoreApplication>
#include <QEventLoop>
#include <QThread>
#include <QTimer>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "tests/contract/home_rows.h"
#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

class application : public ::testing::Environment {
 public:
  void SetUp() override { begin(); }
  void TearDown() override { end(); }

  void begin() { application_ = std::make_unique<QCoreApplication>(argc_, argv_); }
  void end() { application_ = nullptr; }

 private:
  int argc_ = 1;
  char name_[13] = "qt_loop_test";
  char* argv_[2] = {name_, nullptr};
  std::unique_ptr<QCoreApplication> application_;
};

application* const environment = new application;
[[maybe_unused]] const auto* const added = ::testing::AddGlobalTestEnvironment(environment);

struct qt_home {
  using loop_type = qt_loop;
  static constexpr bool any_thread = true;
  static constexpr bool nests = true;
  static constexpr bool goes_on = true;
  static constexpr bool outlived = true;

  static std::unique_ptr<qt_loop> make_loop() { return std::make_unique<qt_loop>(); }

  void run(std::chrono::nanoseconds limit) {
    QEventLoop run;
    runs.push_back(&run);
    QTimer::singleShot(std::chrono::ceil<std::chrono::milliseconds>(limit), &run,
                       &QEventLoop::quit);
    run.exec();
    runs.pop_back();
  }
  void quit() { runs.back()->quit(); }

  static std::unique_ptr<QTimer> every(std::chrono::milliseconds interval,
                                       std::function<void()> call) {
    auto made = std::make_unique<QTimer>();
    QObject::connect(made.get(), &QTimer::timeout, made.get(), std::move(call));
    made->setTimerType(Qt::PreciseTimer);
    made->start(interval);
    return made;
  }

  std::vector<QEventLoop*> runs;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Qt, LoopRows, qt_home);
INSTANTIATE_TYPED_TEST_SUITE_P(Qt, HomeRows, qt_home);

TEST(QtLoopTest, ServesAQThread) {
  QThread thread;
  int result = 0;
  QObject inside;
  inside.moveToThread(&thread);
  QObject::connect(&thread, &QThread::started, &inside, [&] {
    qt_loop loop;
    executor user{loop};
    auto future = submit_call(user, twice, 21);
    ASSERT_TRUE(loop.run_until(future, guard));
    result = future.result();
    QThread::currentThread()->quit();
  });
  thread.start();
  thread.wait();
  EXPECT_EQ(result, 42);
}

TEST(QtLoopTest, TheApplicationsEndEndsWaits) {
  qt_loop loop;
  QTimer::singleShot(0, [&] {
    QTimer::singleShot(1, [] { QCoreApplication::quit(); });
    EXPECT_FALSE(loop.run_until([] { return false; }, guard));
  });
  QCoreApplication::exec();
}

TEST(QtLoopTest, WaitsForMessagesWhenTheApplicationIsGone) {
  qt_loop loop;
  executor user{loop};
  auto future = submit_call(user, twice, 21);
  environment->end();
  EXPECT_TRUE(loop.run_until(future, guard));
  EXPECT_FALSE(loop.run_until([] { return false; }, milliseconds(1)));
  environment->begin();
  EXPECT_EQ(future.result(), 42);
}

TEST(QtLoopTest, ServesTheApplicationsOwnRun) {
  qt_loop loop;
  executor user{loop};
  auto future = submit_call(user, twice, 21);
  future.on_done([](const auto&) { QCoreApplication::quit(); });
  QCoreApplication::exec();
  EXPECT_EQ(future.result(), 42);
}

}  // namespace
}  // namespace offstage::contract
