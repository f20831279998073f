#include "examples/qt_pi_iterations/pi_window.h"

#include <QAction>
#include <QFontMetrics>
#include <QHBoxLayout>
#include <QKeySequence>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScreen>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace pi_plot {
namespace {

// The plot is drawn with lines about as wide as two pixels: on most screens it has more
// approximations than places for them.
constexpr std::size_t kept_max = 600;

}  // namespace

pi_window::pi_window(offstage::executor& executor, std::int64_t points_each)
    : executor_(executor),
      points_each_(points_each),
      history_(kept_max),
      chart_(new pi_chart),
      latest_(new QLabel),
      button_(new QPushButton) {
  setWindowTitle(QStringLiteral("Approximations of pi"));
  resize(720, 480);

  latest_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  // A number of which the end is cut off would be a wrong one.
  latest_->setMinimumWidth(latest_->fontMetrics().horizontalAdvance(
      QStringLiteral("\u03c0 \u2248 3.1415927 \u00b1 0.0000010 after 9,999,999,999,999 points")));
  chart_->setMinimumHeight(200);
  button_->setAutoDefault(true);
  QObject::connect(button_, &QPushButton::clicked, this, [this] { push(); });
  auto* const controls = new QHBoxLayout;
  controls->addWidget(latest_, 1);
  controls->addWidget(button_);
  auto* const content = new QWidget;
  auto* const rows = new QVBoxLayout(content);
  rows->addWidget(chart_, 1);
  rows->addLayout(controls);
  setCentralWidget(content);

  auto* const cancel = new QAction(this);
  cancel->setShortcut(QKeySequence::Cancel);
  QObject::connect(cancel, &QAction::triggered, this, [this] {
    if (future_.valid()) future_.cancel();
  });
  auto* const quit = new QAction(this);
  quit->setShortcuts({QKeySequence::Quit, QKeySequence::Close});
  QObject::connect(quit, &QAction::triggered, this, [this] { close(); });
  addActions({cancel, quit});

  // Approximations may come much faster than a screen can show them: what came since the last
  // frame is drawn at once, and nothing is drawn when nothing came.
  frame_.setSingleShot(true);
  frame_.setTimerType(Qt::PreciseTimer);
  frame_.setInterval(static_cast<int>(std::ceil(1000 / std::max(1.0, screen()->refreshRate()))));
  QObject::connect(&frame_, &QTimer::timeout, this, [this] { show_latest(); });
  show_state();
  button_->setFocus();
}

// The iteration may go on for a moment.
pi_window::~pi_window() {
  items_.disconnect();
  states_.disconnect();
}

void pi_window::start() {
  history_ = history(kept_max);
  future_ = offstage::submit_iteration(executor_, approximate_pi, points_each_);
  items_ = future_.on_item([this](const approximation& next) {
    history_.add(next);
    if (!frame_.isActive()) frame_.start();
  });
  states_ = future_.on_state([this](const auto&) { show_state(); });
  show_state();
}

void pi_window::push() {
  if (future_.valid() && !future_.done()) {
    future_.cancel();
  } else {
    start();
  }
}

void pi_window::show_latest() {
  chart_->show(history_);
  latest_->setText(text());
}

void pi_window::show_state() {
  // It stays enabled, or it would lose the keyboard: cancelling once more does no harm.
  if (!future_.valid() || future_.done()) {
    button_->setText(QStringLiteral("&Start"));
  } else {
    button_->setText(future_.cancellable() ? QStringLiteral("&Cancel")
                                           : QStringLiteral("Cancelling"));
  }
  latest_->setText(text());
}

QString pi_window::text() const {
  if (future_.valid() && future_.state() == offstage::future_state::failed) {
    return QStringLiteral("Failed: ") + QString::fromStdString(future_.failure().what);
  }
  const auto& latest = history_.latest();
  if (!latest) return {};
  const double half = half_width(latest->points);
  const int decimals = std::max(2, 1 - static_cast<int>(std::floor(std::log10(half))));
  return QStringLiteral("\u03c0 \u2248 %1 \u00b1 %2 after %3 points")
      .arg(latest->pi, 0, 'f', decimals)
      .arg(half, 0, 'f', decimals)
      .arg(QLocale().toString(static_cast<qlonglong>(latest->points)));
}

}  // namespace pi_plot
