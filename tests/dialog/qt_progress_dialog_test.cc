// Qt's progress dialog.

#include "actors/dialog/qt/qt_progress_dialog.h"

#include <gtest/gtest.h>

#include <QAccessible>
#include <QApplication>
#include <QDialog>
#include <QKeyEvent>
#include <QLabel>
#include <QLayout>
#include <QMouseEvent>
#include <QProgressBar>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>
#include <cstdlib>
#include <functional>
#include <memory>

#include "actors/loop/qt/qt_loop.h"
#include "tests/dialog/progress_dialog_rows.h"

namespace offstage::testing {
namespace {

// What some program keeps longer than its application.
std::unique_ptr<qt_progress_dialog> kept_to_the_end;

class application : public ::testing::Environment {
 public:
  void SetUp() override {
    setenv("QT_QPA_PLATFORM", "offscreen", 1);
    application_ = std::make_unique<QApplication>(argc_, argv_);
    // Windows come and go here.
    QApplication::setQuitOnLastWindowClosed(false);
  }
  void TearDown() override {
    application_ = nullptr;
    kept_to_the_end = nullptr;
  }

 private:
  int argc_ = 1;
  char name_[24] = "qt_progress_dialog_test";
  char* argv_[2] = {name_, nullptr};
  std::unique_ptr<QApplication> application_;
};

[[maybe_unused]] const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new application);

// Counts what is painted.
class paint_counter final : public QObject {
 public:
  explicit paint_counter(QObject* of) : QObject(of) { of->installEventFilter(this); }
  const std::shared_ptr<long> count = std::make_shared<long>(0);
  bool eventFilter(QObject*, QEvent* event) override {
    if (event->type() == QEvent::Paint) ++*count;
    return false;
  }
};

struct qt_toolkit {
  using loop = qt_loop;
  using dialog = qt_progress_dialog;
  using options = qt_progress_dialog_options;

  class parent {
   public:
    parent() {
      auto* const layout = new QVBoxLayout(&window_);
      layout->addWidget(button_);
      QObject::connect(button_, &QPushButton::clicked, &window_, [this] { ++clicks_; });
      window_.show();
    }
    QWidget* window() { return &window_; }
    // As the window system does it: the application sees it first.
    void click() {
      const QPointF middle = button_->rect().center();
      for (const auto type : {QEvent::MouseButtonPress, QEvent::MouseButtonRelease}) {
        QMouseEvent event(type, middle, button_->mapToGlobal(middle), Qt::LeftButton,
                          Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(button_, &event);
      }
    }
    int clicks() const { return clicks_; }

   private:
    QWidget window_;
    QPushButton* button_ = new QPushButton("Count");
    int clicks_ = 0;
  };

  static shown_progress read(const dialog& from) {
    shown_progress out;
    std::vector<std::string> texts;
    for (const auto* each : from.widget()->findChildren<QLabel*>()) {
      if (each->isVisibleTo(from.widget())) texts.push_back(each->text().toStdString());
    }
    EXPECT_EQ(texts.size(), 3U);
    texts.resize(3);
    out.message = texts[0];
    out.amount = texts[1];
    out.times = texts[2];
    out.button = button(from)->text().toStdString();
    out.button_enabled = button(from)->isEnabled();
    const auto* const bar = from.widget()->findChild<QProgressBar*>();
    if (bar->maximum() > 0) out.fraction = double(bar->value()) / bar->maximum();
    return out;
  }
  static void press_button(dialog& of) { button(of)->click(); }
  static void press_escape(dialog& of) {
    QKeyEvent event(QEvent::KeyPress, Qt::Key_Escape, Qt::NoModifier);
    QCoreApplication::sendEvent(of.widget(), &event);
  }
  static void close(dialog& it) { it.widget()->close(); }
  static void later(std::function<void()> function) {
    QTimer::singleShot(0, qApp, std::move(function));
  }
  static std::shared_ptr<long> paints(dialog& of) {
    return (new paint_counter(of.widget()->findChild<QProgressBar*>()))->count;
  }
  static int least_width(const dialog& of) {
    of.widget()->layout()->activate();
    return of.widget()->layout()->minimumSize().width();
  }
  static QPushButton* button(const dialog& of) { return of.widget()->findChild<QPushButton*>(); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Qt, ProgressDialogRows, qt_toolkit);

class QtProgressDialogTest : public ::testing::Test {
 protected:
  qt_loop loop;
  scripted_task task{loop, 8, "Preparing"};
};

TEST_F(QtProgressDialogTest, RunEndsWhenTheApplicationQuits) {
  qt_progress_dialog dialog{task.future(), {.delay = std::chrono::milliseconds(0)}};
  task.starts();
  bool ran = true;
  QTimer::singleShot(0, qApp, [&] {
    QTimer::singleShot(0, qApp, [] { QCoreApplication::quit(); });
    ran = dialog.run();
  });
  QApplication::exec();
  EXPECT_FALSE(ran);
  EXPECT_TRUE(dialog.closed());
  EXPECT_EQ(task.state(), future_state::executing);
}

TEST_F(QtProgressDialogTest, KeepsNoApplicationFromQuitting) {
  qt_progress_dialog dialog{task.future(), {.delay = std::chrono::milliseconds(0)}};
  task.starts();
  dialog.show();
  int closed = 0;
  dialog.on_closed([&] { ++closed; });
  QTimer::singleShot(0, qApp, [] { QCoreApplication::quit(); });
  QApplication::exec();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(task.cancels(), 0);
}

TEST_F(QtProgressDialogTest, MayOutliveTheApplication) {
  kept_to_the_end = std::make_unique<qt_progress_dialog>(
      task.future(), qt_progress_dialog_options{.delay = std::chrono::milliseconds(0)});
  kept_to_the_end->show();
  task.starts();
  EXPECT_TRUE(kept_to_the_end->visible());
}

TEST_F(QtProgressDialogTest, EnterDoesNotCancel) {
  qt_progress_dialog dialog{task.future(), {.delay = std::chrono::milliseconds(0)}};
  dialog.show();
  task.starts();
  QKeyEvent event(QEvent::KeyPress, Qt::Key_Return, Qt::NoModifier);
  QCoreApplication::sendEvent(qt_toolkit::button(dialog), &event);
  EXPECT_EQ(task.state(), future_state::executing);
}

TEST_F(QtProgressDialogTest, IsReadToThoseWhoDoNotSee) {
  qt_progress_dialog dialog{task.future(),
                            {.title = "Copying", .delay = std::chrono::milliseconds(0)}};
  dialog.show();
  auto* const window = QAccessible::queryAccessibleInterface(dialog.widget());
  EXPECT_EQ(window->role(), QAccessible::Dialog);
  EXPECT_EQ(window->text(QAccessible::Name), "Copying");
  auto* const bar =
      QAccessible::queryAccessibleInterface(dialog.widget()->findChild<QProgressBar*>());
  EXPECT_EQ(bar->role(), QAccessible::ProgressBar);
  EXPECT_EQ(bar->text(QAccessible::Name), "Progress");
}

TEST_F(QtProgressDialogTest, KeepsItsSizeWhateverTheMessage) {
  qt_progress_dialog dialog{task.future(), {.delay = std::chrono::milliseconds(0)}};
  dialog.show();
  task.starts();
  const auto before = dialog.widget()->size();
  task.reports(1, 8, std::string(10000, 'x'));
  EXPECT_TRUE(loop.run_until([&] { return qt_toolkit::read(dialog).amount == "1 of 8"; },
                             std::chrono::minutes(1)));
  QCoreApplication::processEvents();
  EXPECT_EQ(dialog.widget()->size(), before);
}

TEST_F(QtProgressDialogTest, MakesRoomForAFailure) {
  qt_progress_dialog dialog{task.future(), {.delay = std::chrono::milliseconds(0)}};
  dialog.show();
  task.starts();
  const auto before = dialog.widget()->height();
  task.raises("The disk is full.\nThere is no place for another file.\nMake some.");
  QCoreApplication::processEvents();
  EXPECT_GT(dialog.widget()->height(), before);
  for (const auto* each : dialog.widget()->findChildren<QLabel*>()) {
    if (!each->isVisible()) continue;
    EXPECT_GE(each->height(), each->heightForWidth(each->width())) << each->text().toStdString();
  }
}

}  // namespace
}  // namespace offstage::testing
