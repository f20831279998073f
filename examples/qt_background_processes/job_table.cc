#include "examples/qt_background_processes/job_table.h"

#include <QCoreApplication>
#include <QObject>
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace background_jobs {
namespace {

// More often than this a screen shows nothing new.
constexpr std::chrono::milliseconds frame_time{16};

// Each removal takes a view the longer the more rows it has: beyond so many ranges it is quicker to
// make one of them first.
constexpr int ranges_max = 16;

QString text_of(const offstage::call_future<long>& future) {
  switch (future.state()) {
    case offstage::future_state::waiting:
      return QStringLiteral("Waiting");
    case offstage::future_state::executing:
      return QStringLiteral("Executing");
    case offstage::future_state::cancelling:
      return QStringLiteral("Cancelling");
    case offstage::future_state::cancelled:
      return QStringLiteral("Cancelled");
    case offstage::future_state::failed:
      return QStringLiteral("Failed: ") + QString::fromStdString(future.failure().what);
    case offstage::future_state::completed:
      return QStringLiteral("Completed: result=%1").arg(future.result());
  }
  return {};
}

// What does not fit into a cell: all that is known of a failure.
QString details_of(const offstage::call_future<long>& future) {
  if (future.state() != offstage::future_state::failed) return {};
  const auto& why = future.failure();
  auto text = QString::fromStdString(why.summary());
  if (!why.output.empty()) text += QStringLiteral("\n\n") + QString::fromStdString(why.output);
  return text;
}

}  // namespace

struct job_table::job {
  job(int number, int row, submitted_job submitted)
      : number(number), row(row), input(submitted.input), future(std::move(submitted.future)) {}
  // A job may be gone before its future is done, with the whole table.
  ~job() { watching.disconnect(); }

  const int number;
  int row;
  const int input;
  const offstage::call_future<long> future;
  offstage::subscription watching;
  offstage::future_state state = future.state();
  QString text = text_of(future);
  bool changed = false;
};

job_table::job_table() {
  frame_.setSingleShot(true);
  frame_.setTimerType(Qt::PreciseTimer);
  frame_.setInterval(frame_time);
  QObject::connect(&frame_, &QTimer::timeout, this, [this] { tell_changes(); });
}

job_table::~job_table() = default;

void job_table::append(std::vector<submitted_job> added) {
  if (added.empty()) return;
  const int first = rowCount();
  beginInsertRows({}, first, first + static_cast<int>(added.size()) - 1);
  for (auto& each : added) {
    auto made = std::make_unique<job>(++last_number_, rowCount(), std::move(each));
    made->watching = made->future.on_state([this, which = made.get()](const auto&) {  //
      note_change(*which);
    });
    ++counts_[static_cast<std::size_t>(made->state)];
    jobs_.push_back(std::move(made));
  }
  endInsertRows();
}

void job_table::cancel(const std::vector<int>& rows) {
  for (const int row : rows) jobs_[static_cast<std::size_t>(row)]->future.cancel();
  tell_changes();
}

void job_table::cancel_all() {
  for (const auto& each : jobs_) each->future.cancel();
  tell_changes();
}

void job_table::clear_finished() {
  tell_changes();
  const auto done = [this](int row) {
    return offstage::is_done(jobs_[static_cast<std::size_t>(row)]->state);
  };
  int ranges = 0;
  for (int row = 0; row < rowCount(); ++row) ranges += done(row) && (row == 0 || !done(row - 1));
  if (ranges > ranges_max) move_finished_to_end();
  // From the end, so that the rows of ranges yet to be removed stay what they are.
  for (int last = rowCount() - 1; last >= 0; --last) {
    if (!done(last)) continue;
    int first = last;
    while (first > 0 && done(first - 1)) --first;
    beginRemoveRows({}, first, last);
    for (int row = first; row <= last; ++row) {
      --counts_[static_cast<std::size_t>(jobs_[static_cast<std::size_t>(row)]->state)];
    }
    jobs_.erase(jobs_.begin() + first, jobs_.begin() + last + 1);
    endRemoveRows();
    last = first;
  }
  number_rows();
}

void job_table::move_finished_to_end() {
  emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
  const QModelIndexList before = persistentIndexList();
  std::vector<const job*> meant;
  for (const auto& each : before) {
    meant.push_back(jobs_[static_cast<std::size_t>(each.row())].get());
  }
  std::stable_partition(jobs_.begin(), jobs_.end(), [](const std::unique_ptr<job>& each) {  //
    return !offstage::is_done(each->state);
  });
  number_rows();
  QModelIndexList after;
  for (int i = 0; i < before.size(); ++i) {
    after.append(index(meant[static_cast<std::size_t>(i)]->row, before[i].column()));
  }
  changePersistentIndexList(before, after);
  emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void job_table::number_rows() {
  for (int row = 0; row < rowCount(); ++row) jobs_[static_cast<std::size_t>(row)]->row = row;
}

offstage::future_state job_table::state(int row) const {
  return jobs_[static_cast<std::size_t>(row)]->state;
}

int job_table::count(offstage::future_state state) const {
  return counts_[static_cast<std::size_t>(state)];
}

int job_table::cancellable_count() const {
  return count(offstage::future_state::waiting) + count(offstage::future_state::executing);
}

int job_table::finished_count() const {
  return count(offstage::future_state::completed) + count(offstage::future_state::failed) +
         count(offstage::future_state::cancelled);
}

int job_table::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(jobs_.size());
}

int job_table::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
}

QVariant job_table::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& shown = *jobs_[static_cast<std::size_t>(index.row())];
  switch (role) {
    case Qt::DisplayRole:
      if (index.column() == number_column) return shown.number;
      if (index.column() == input_column) return shown.input;
      return shown.text;
    case Qt::ToolTipRole:
      return index.column() == state_column ? QVariant(details_of(shown.future)) : QVariant();
    case Qt::TextAlignmentRole:
      return int{Qt::AlignVCenter} |
             int{index.column() == state_column ? Qt::AlignLeft : Qt::AlignRight};
    case state_role:
      return static_cast<int>(shown.state);
    default:
      return {};
  }
}

QVariant job_table::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) {
    return int{Qt::AlignVCenter} | int{section == state_column ? Qt::AlignLeft : Qt::AlignRight};
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case number_column:
      return QStringLiteral("Job");
    case input_column:
      return QStringLiteral("Input");
    default:
      return QStringLiteral("State");
  }
}

void job_table::note_change(job& changed) {
  --counts_[static_cast<std::size_t>(changed.state)];
  changed.state = changed.future.state();
  changed.text = text_of(changed.future);
  ++counts_[static_cast<std::size_t>(changed.state)];
  if (changed.changed) return;
  changed.changed = true;
  changed_.push_back(&changed);
  if (!frame_.isActive()) frame_.start();
}

void job_table::tell_changes() {
  frame_.stop();
  std::vector<int> rows;
  rows.reserve(changed_.size());
  for (auto* const each : changed_) {
    each->changed = false;
    rows.push_back(each->row);
  }
  changed_.clear();
  std::sort(rows.begin(), rows.end());
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
    emit dataChanged(index(rows[i], 0), index(rows[end - 1], column_count - 1));
    i = end;
  }
}

}  // namespace background_jobs
