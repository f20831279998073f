#include "examples/qt_background_processes/job_window.h"

#include <QAction>
#include <QCoreApplication>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QKeySequence>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>
#include <QStatusBar>
#include <QVBoxLayout>
#include <functional>
#include <utility>

#include "examples/qt_background_processes/options.h"

namespace background_jobs {
namespace {

// A number, and what the Enter key does with it.
class number_input final : public QSpinBox {
 public:
  explicit number_input(const std::function<void()>& entered) {
    QObject::connect(lineEdit(), &QLineEdit::returnPressed, this, entered);
  }
};

QPushButton* add_button(QHBoxLayout* row, const QString& text,
                        const std::function<void()>& pushed) {
  auto* const button = new QPushButton(text);
  button->setAutoDefault(true);  // Enter pushes it, too, when it has the focus.
  QObject::connect(button, &QPushButton::clicked, button, pushed);
  row->addWidget(button);
  return button;
}

}  // namespace

job_window::job_window(offstage::executor& executor, const square_conditions& conditions)
    : executor_(executor), conditions_(conditions) {
  setWindowTitle(QStringLiteral("Background processes"));
  resize(640, 480);

  input_ = new number_input([this] { square_input(); });
  input_->setRange(input_min, input_max);
  input_->setValue(10);
  auto* const label = new QLabel(QStringLiteral("&Input:"));
  label->setBuddy(input_);

  auto* const controls = new QHBoxLayout;
  controls->addWidget(label);
  controls->addWidget(input_);
  add_button(controls, QStringLiteral("&Square"), [this] { square_input(); });
  controls->addStretch();
  cancel_all_ = add_button(controls, QStringLiteral("&Cancel all"), [this] { jobs_.cancel_all(); });
  clear_finished_ =
      add_button(controls, QStringLiteral("Clear &finished"), [this] { jobs_.clear_finished(); });

  auto* const content = new QWidget;
  auto* const rows = new QVBoxLayout(content);
  rows->addLayout(controls);
  rows->addWidget(&view_);
  setCentralWidget(content);

  counts_ = new QLabel;
  counts_->setAccessibleDescription(QStringLiteral("How many jobs are in which state"));
  // The window may be narrower than all of it.
  counts_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  statusBar()->addWidget(counts_, 1);

  cancel_selected_ = new QAction(QStringLiteral("Cancel &selected"), &view_);
  cancel_selected_->setShortcut(QKeySequence::Delete);
  cancel_selected_->setShortcutContext(Qt::WidgetShortcut);
  QObject::connect(cancel_selected_, &QAction::triggered, this, [this] { cancel_selected(); });
  view_.addAction(cancel_selected_);
  view_.setContextMenuPolicy(Qt::ActionsContextMenu);

  auto* const quit = new QAction(this);
  quit->setShortcuts({QKeySequence::Quit, QKeySequence::Close});
  QObject::connect(quit, &QAction::triggered, this, [this] { close(); });
  addAction(quit);

  // Many of these signals may come at once; one text shows them all.
  soon_.setSingleShot(true);
  soon_.setInterval(0);
  QObject::connect(&soon_, &QTimer::timeout, this, [this] { show_counts(); });
  const auto changed = [this] {
    if (!soon_.isActive()) soon_.start();
  };
  QObject::connect(&jobs_, &QAbstractItemModel::dataChanged, this, changed);
  QObject::connect(&jobs_, &QAbstractItemModel::rowsRemoved, this, changed);
  // Keys that were pressed one after the other work together: what the first made possible is so
  // when the second arrives.
  QObject::connect(&jobs_, &QAbstractItemModel::rowsInserted, this, [this] { show_counts(); });
  const auto selected = [this] {
    cancel_selected_->setEnabled(view_.selectionModel()->hasSelection());
  };
  QObject::connect(view_.selectionModel(), &QItemSelectionModel::selectionChanged, this, selected);
  selected();
  show_counts();

  input_->setFocus();
  input_->selectAll();
}

job_window::~job_window() = default;

void job_window::square(const std::vector<int>& inputs) {
  std::vector<submitted_job> submitted;
  submitted.reserve(inputs.size());
  try {
    for (const int each : inputs) {
      submitted.push_back({each, offstage::submit_call(executor_, slow_square, each, conditions_)});
    }
  } catch (const std::exception& refused) {
    // What was submitted before is shown below.
    QMessageBox::warning(this, windowTitle(), QString::fromUtf8(refused.what()));
  }
  jobs_.append(std::move(submitted));
}

void job_window::square_input() {
  square({input_->value()});
  view_.scrollToBottom();
  input_->setFocus();
  input_->selectAll();
}

void job_window::cancel_selected() { jobs_.cancel(view_.selected_rows()); }

void job_window::show_counts() {
  using offstage::future_state;
  const auto count = [this](future_state state) { return QString::number(jobs_.count(state)); };
  const auto text = QStringLiteral(
                        "%1 waiting, %2 executing, %3 cancelling, %4 cancelled, "
                        "%5 failed, %6 completed")
                        .arg(count(future_state::waiting), count(future_state::executing),
                             count(future_state::cancelling), count(future_state::cancelled),
                             count(future_state::failed), count(future_state::completed));
  counts_->setText(text);
  counts_->setToolTip(text);  // For windows that are too narrow for it.
  cancel_all_->setEnabled(jobs_.cancellable_count() > 0);
  clear_finished_->setEnabled(jobs_.finished_count() > 0);
}

}  // namespace background_jobs
