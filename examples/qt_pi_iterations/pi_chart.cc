#include "examples/qt_pi_iterations/pi_chart.h"

#include <QAreaSeries>
#include <QChart>
#include <QColor>
#include <QLegend>
#include <QMargins>
#include <QPainter>
#include <QPen>
#include <QPointF>
#include <QString>
#include <QVector>
#include <numbers>

namespace pi_plot {
namespace {

// What the axis of points counts.
constexpr double million = 1e6;

double millions(std::int64_t points) { return static_cast<double>(points) / million; }

}  // namespace

pi_chart::pi_chart()
    : approximations_(new QLineSeries),
      upper_(new QLineSeries),
      lower_(new QLineSeries),
      pi_(new QLineSeries),
      points_(new QValueAxis),
      values_(new QValueAxis) {
  auto* const band = new QAreaSeries(upper_, lower_);
  band->setName(QStringLiteral("95 % band"));
  band->setBrush(QColor(173, 205, 235));
  band->setPen(Qt::NoPen);
  approximations_->setName(QStringLiteral("approximation"));
  approximations_->setPen(QPen(QColor(20, 80, 160), 2));
  pi_->setName(QStringLiteral("pi"));
  pi_->setPen(QPen(QColor(200, 30, 30), 1, Qt::DashLine));
  points_->setTitleText(QStringLiteral("million points"));
  points_->setLabelFormat(QStringLiteral("%g"));
  points_->setTickCount(6);
  values_->setTickType(QValueAxis::TicksDynamic);

  auto* const all = chart();
  all->addAxis(points_, Qt::AlignBottom);
  all->addAxis(values_, Qt::AlignLeft);
  // The upper and the lower end belong to the band: the chart knows them through it.
  for (QAbstractSeries* const each :
       {static_cast<QAbstractSeries*>(band), static_cast<QAbstractSeries*>(pi_),
        static_cast<QAbstractSeries*>(approximations_)}) {
    all->addSeries(each);
    each->attachAxis(points_);
    each->attachAxis(values_);
  }
  all->setBackgroundRoundness(0);
  all->legend()->setAlignment(Qt::AlignTop);
  all->setMargins(QMargins(0, 0, 0, 0));
  setRenderHint(QPainter::Antialiasing);
  setFocusPolicy(Qt::NoFocus);
  setAccessibleName(QStringLiteral("Approximations of pi"));
  show(range_around({1, std::numbers::pi}));
}

void pi_chart::show(const history& shown) {
  QVector<QPointF> approximations;
  QVector<QPointF> upper;
  QVector<QPointF> lower;
  const auto add = [&](const approximation& each) {
    const double x = millions(each.points);
    const double half = half_width(each.points);
    approximations.append({x, each.pi});
    upper.append({x, each.pi + half});
    lower.append({x, each.pi - half});
  };
  for (const auto& each : shown.kept()) add(each);
  if (shown.latest()) {
    add(*shown.latest());
    if (!suits(range_, *shown.latest())) show(range_around(*shown.latest()));
  }
  upper_->replace(upper);
  lower_->replace(lower);
  approximations_->replace(approximations);
}

void pi_chart::show(const plot_range& shown) {
  range_ = shown;
  points_->setRange(0, millions(shown.points_max));
  values_->setLabelFormat(QStringLiteral("%.%1f").arg(shown.decimals));
  values_->setTickAnchor(shown.low);
  values_->setTickInterval(shown.step);
  values_->setRange(shown.low, shown.high);
  pi_->replace({{0, std::numbers::pi}, {millions(shown.points_max), std::numbers::pi}});
}

}  // namespace pi_plot
