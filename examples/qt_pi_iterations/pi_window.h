// pi_window: what the user sees and does.
//
// Question: does it go on?
// Zone:     home.
#pragma once

#include <QMainWindow>
#include <QString>
#include <QTimer>
#include <cstdint>

#include "actors/offstage.h"
#include "examples/qt_pi_iterations/approximation.h"
#include "examples/qt_pi_iterations/history.h"
#include "examples/qt_pi_iterations/pi_chart.h"

class QLabel;
class QPushButton;

namespace pi_plot {

/// The window: a plot, the latest approximation as a number, and a button that starts the iteration
/// and cancels it.
/// @thread Home.
class pi_window final : public QMainWindow {
 public:
  /// @param executor Outlives the window.
  /// @param points_each As with `approximate_pi`.
  pi_window(offstage::executor& executor, std::int64_t points_each);
  ~pi_window() override;

  /// Begins anew.
  void start();

 private:
  using iteration = offstage::iteration_future<approximation>;

  void push();
  void show_latest();
  void show_state();
  QString text() const;

  offstage::executor& executor_;
  const std::int64_t points_each_;
  history history_;
  iteration future_;
  offstage::subscription items_;
  offstage::subscription states_;
  QTimer frame_;
  pi_chart* chart_;
  QLabel* latest_;
  QPushButton* button_;
};

}  // namespace pi_plot
