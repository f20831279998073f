// pi_chart: the plot.
//
// Question: how is a history of approximations drawn?
// Zone:     home.
#pragma once

#include <QChartView>
#include <QLineSeries>
#include <QValueAxis>
#include <QtGlobal>

#include "examples/qt_pi_iterations/history.h"
#include "examples/qt_pi_iterations/plot_range.h"

namespace pi_plot {

#if QT_VERSION < QT_VERSION_CHECK(6, 0, 0)
using namespace QtCharts;
#endif

/// The approximations, a band around them, and pi. Zooming and scrolling are up to the iteration.
/// @thread Home.
class pi_chart final : public QChartView {
 public:
  pi_chart();

  void show(const history& shown);

 private:
  void show(const plot_range& shown);

  plot_range range_;
  QLineSeries* approximations_;
  QLineSeries* upper_;
  QLineSeries* lower_;
  QLineSeries* pi_;
  QValueAxis* points_;
  QValueAxis* values_;
};

}  // namespace pi_plot
