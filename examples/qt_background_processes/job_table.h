// job_table: the jobs, one row each, as Qt's views want them.
//
// Question: which jobs are there, and in which states?
// Zone:     home.
#pragma once

#include <QAbstractTableModel>
#include <QModelIndex>
#include <QString>
#include <QTimer>
#include <QVariant>
#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "actors/offstage.h"

namespace background_jobs {

/// A job as it is submitted.
struct submitted_job {
  int input;
  offstage::call_future<long> future;
};

/// The model of the jobs. Changes of their states are gathered and said to the views about as often
/// as a screen shows something new, in one signal for neighbouring rows: so any number of jobs may
/// change at once. New and removed rows, and what `cancel` does, are said at once.
/// @thread Home.
class job_table final : public QAbstractTableModel {
 public:
  enum column { number_column, input_column, state_column, column_count };

  /// Of every cell: the offstage::future_state of its job, as an int.
  static constexpr int state_role = Qt::UserRole;

  job_table();
  ~job_table() override;

  /// Adds rows at the end.
  void append(std::vector<submitted_job> added);

  /// Cancels the jobs of these rows; those that are done stay as they are.
  void cancel(const std::vector<int>& rows);
  void cancel_all();

  /// Removes the rows of jobs that are done.
  void clear_finished();

  /// The state that a row shows.
  offstage::future_state state(int row) const;

  /// How many jobs are in a state.
  int count(offstage::future_state state) const;
  /// How many can be cancelled, and how many can be cleared away.
  int cancellable_count() const;
  int finished_count() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation,
                      int role = Qt::DisplayRole) const override;

 private:
  struct job;

  void move_finished_to_end();
  void number_rows();
  void note_change(job& changed);
  void tell_changes();

  std::vector<std::unique_ptr<job>> jobs_;
  std::vector<job*> changed_;
  std::array<int, 6> counts_{};
  QTimer frame_;
  int last_number_ = 0;
};

}  // namespace background_jobs
