// The window of qt_background_processes, as far as it can be seen without a screen: colours, what
// is painted again, and that ten thousand jobs leave Qt's loop its time.

#include "examples/qt_background_processes/job_window.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QImage>
#include <QLabel>
#include <QObject>
#include <QPaintEvent>
#include <QPalette>
#include <QPushButton>
#include <QStatusBar>
#include <QTableView>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "actors/loop/qt/qt_loop.h"
#include "actors/offstage.h"
#include "examples/background_processes/slow_square.h"
#include "examples/qt_background_processes/state_colours.h"
#include "tests/contract/guard.h"
#include "tests/examples/qt_application.h"

namespace background_jobs {
namespace {

using offstage::future_state;

[[maybe_unused]] const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new offstage::testing::qt_application<QApplication>);

constexpr future_state all_states[] = {future_state::waiting,    future_state::executing,
                                       future_state::cancelling, future_state::cancelled,
                                       future_state::failed,     future_state::completed};

// As the Web Content Accessibility Guidelines define it: 1 to 21.
double contrast(const QColor& one, const QColor& other) {
  const auto luminance = [](const QColor& colour) {
    const auto linear = [](double part) {
      return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
  };
  const double light = std::max(luminance(one), luminance(other));
  const double dark = std::min(luminance(one), luminance(other));
  return (light + 0.05) / (dark + 0.05);
}

TEST(StateColoursTest, TextCanBeReadOnAllOfThem) {
  for (const auto state : all_states) {
    const auto colours = colours_of(state);
    EXPECT_GE(contrast(colours.text, colours.background), 4.5) << to_string(state);
    EXPECT_GE(contrast(colours.text, colours.selected), 4.5) << to_string(state);
  }
}

TEST(StateColoursTest, StatesAndSelectionsDiffer) {
  std::vector<QRgb> seen;
  for (const auto state : all_states) {
    seen.push_back(colours_of(state).background.rgb());
    seen.push_back(colours_of(state).selected.rgb());
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

// What a widget paints again.
class paints : public QObject {
 public:
  explicit paints(QWidget& of) { of.installEventFilter(this); }

  bool eventFilter(QObject* of, QEvent* event) override {
    if (event->type() == QEvent::Paint) {
      ++count;
      region += static_cast<QPaintEvent*>(event)->region();
    }
    return QObject::eventFilter(of, event);
  }

  int count = 0;
  QRegion region;
};

class JobWindowTest : public ::testing::Test {
 protected:
  void open(const square_conditions& conditions, int workers = 1) {
    executor_ = std::make_unique<offstage::executor>(
        loop_, offstage::executor_options{.worker_count = workers});
    window_ = std::make_unique<job_window>(*executor_, conditions);
    window_->show();
    QApplication::processEvents();
  }

  QTableView& view() { return *window_->findChild<QTableView*>(); }

  QPushButton& button(const QString& text) {
    for (auto* const each : window_->findChildren<QPushButton*>()) {
      if (each->text() == text) return *each;
    }
    throw std::runtime_error("no button " + text.toStdString());
  }

  int count(future_state state) {
    int found = 0;
    for (int row = 0; row < view().model()->rowCount(); ++row) {
      found += view().model()->index(row, 0).data(job_table::state_role).toInt() ==
               static_cast<int>(state);
    }
    return found;
  }

  void run_until(const std::function<bool()>& condition) {
    ASSERT_TRUE(loop_.run_until(condition, offstage::contract::guard));
  }

  // Every tenth pixel of a row, all in one colour but for its text.
  QRgb colour_of_row(int row) {
    const QImage seen = view().viewport()->grab().toImage();
    const int y = view().rowViewportPosition(row) + 2;
    return seen.pixel(seen.width() - 10, y) & 0xffffff;
  }

  offstage::qt_loop loop_;
  std::unique_ptr<offstage::executor> executor_;
  std::unique_ptr<job_window> window_;
};

TEST_F(JobWindowTest, RowsHaveTheColoursOfTheirStates) {
  open({.time_limit_s = 3600, .failing_share = 0, .stubborn = false});
  window_->square({1, 2, 3});
  run_until([&] { return count(future_state::executing) == 1; });
  EXPECT_EQ(colour_of_row(0), colours_of(future_state::executing).background.rgb() & 0xffffff);
  EXPECT_EQ(colour_of_row(1), colours_of(future_state::waiting).background.rgb() & 0xffffff);
  view().selectRow(1);
  EXPECT_EQ(colour_of_row(1), colours_of(future_state::waiting).selected.rgb() & 0xffffff);
  button("&Cancel all").click();
  run_until([&] { return count(future_state::cancelled) == 3; });
  EXPECT_EQ(colour_of_row(0), colours_of(future_state::cancelled).background.rgb() & 0xffffff);
  EXPECT_EQ(colour_of_row(1), colours_of(future_state::cancelled).selected.rgb() & 0xffffff);
}

TEST_F(JobWindowTest, DarkPalettesChangeNothingOfIt) {
  const QPalette usual = QApplication::palette();
  QApplication::setPalette(QPalette(QColor(40, 40, 40)));
  open({.time_limit_s = 3600, .failing_share = 0, .stubborn = false});
  window_->square({1});
  run_until([&] { return count(future_state::executing) == 1; });
  EXPECT_EQ(colour_of_row(0), colours_of(future_state::executing).background.rgb() & 0xffffff);
  const QImage seen = view().viewport()->grab().toImage();
  bool black = false;
  for (int y = 0; y < view().rowHeight(0); ++y) {
    for (int x = 0; x < seen.width(); ++x) black |= qGray(seen.pixel(x, y)) < 40;
  }
  EXPECT_TRUE(black) << "no dark text";
  QApplication::setPalette(usual);
}

TEST_F(JobWindowTest, OnlyChangedRowsArePaintedAgain) {
  open({.time_limit_s = 3600, .failing_share = 0, .stubborn = false});
  paints seen(*view().viewport());
  bool told = false;
  QObject::connect(view().model(), &QAbstractItemModel::dataChanged, &seen, [&] { told = true; });
  window_->square({1, 2, 3, 4, 5});
  run_until([&] { return told; });
  ASSERT_EQ(count(future_state::executing), 1);
  // Whatever is still to be painted is, before the next change.
  QApplication::processEvents();
  seen.region = QRegion();
  const int painted = seen.count;
  static_cast<job_table*>(view().model())->cancel({2});
  run_until([&] { return seen.count > painted; });
  EXPECT_EQ(seen.region.boundingRect(), QRect(0, view().rowViewportPosition(2),
                                              view().viewport()->width(), view().rowHeight(2)));
}

TEST_F(JobWindowTest, TenThousandJobsLeaveTheLoopItsTime) {
  open({.time_limit_s = 0, .failing_share = 0.1}, 2);
  // Of the table the first rows are seen, which change at the beginning only.
  paints seen(*window_->statusBar()->findChild<QLabel*>());
  QTimer timer;
  timer.setTimerType(Qt::PreciseTimer);
  QElapsedTimer since;
  std::vector<double> late_ms;
  QObject::connect(&timer, &QTimer::timeout, &timer, [&] {
    late_ms.push_back(static_cast<double>(since.nsecsElapsed()) / 1e6 - 1);
    since.start();
  });
  QElapsedTimer all;
  const auto told = [&](const char* what) {
    std::sort(late_ms.begin(), late_ms.end());
    std::cout << what << ": " << all.elapsed() << " ms, " << seen.count << " paints, "
              << late_ms.size() << " ticks of 1 ms";
    if (!late_ms.empty()) {
      std::cout << ", late by " << late_ms[late_ms.size() / 2] << " ms (median), "
                << late_ms[late_ms.size() * 99 / 100] << " ms (99 %), " << late_ms.back()
                << " ms (at most)";
    }
    std::cout << '\n';
    late_ms.clear();
    seen.count = 0;
  };
  const auto finished = [&] {
    return static_cast<job_table*>(view().model())->finished_count() == view().model()->rowCount();
  };
  const std::vector<int> inputs(10000, 7);
  all.start();
  window_->square(inputs);
  told("10,000 jobs submitted");
  all.start();
  since.start();
  timer.start(1);
  run_until(finished);
  EXPECT_FALSE(late_ms.empty()) << "nothing but messages was served";
  told("10,000 jobs done");
  all.start();
  button("Clear &finished").click();
  told("10,000 jobs cleared");
  EXPECT_EQ(view().model()->rowCount(), 0);

  window_->square(inputs);
  all.start();
  button("&Cancel all").click();
  told("10,000 jobs cancelling");
  since.start();
  run_until(finished);
  told("10,000 jobs cancelled");
}

TEST_F(JobWindowTest, EverySecondOfTenThousandRowsIsCleared) {
  open({.time_limit_s = 3600, .failing_share = 0});
  auto& jobs = static_cast<job_table&>(*view().model());
  window_->square(std::vector<int>(10000, 7));
  std::vector<int> every_second;
  for (int row = 1; row < 10000; row += 2) every_second.push_back(row);
  jobs.cancel(every_second);
  run_until([&] { return jobs.finished_count() == 5000; });
  QElapsedTimer time;
  time.start();
  button("Clear &finished").click();
  std::cout << "5,000 ranges cleared: " << time.elapsed() << " ms\n";
  ASSERT_EQ(jobs.rowCount(), 5000);
  EXPECT_EQ(jobs.index(4999, job_table::number_column).data().toInt(), 9999);
}

}  // namespace
}  // namespace background_jobs
