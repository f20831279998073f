// job_view: the table of jobs on the screen.
//
// Question: how are rows painted, and which of them again?
// Zone:     home.
#pragma once

#include <QModelIndex>
#include <QTableView>
#include <QVector>

#include "examples/qt_background_processes/job_table.h"

namespace background_jobs {

/// Rows have the colours of their jobs' states, also where they are selected.
/// @thread Home.
class job_view final : public QTableView {
 public:
  /// @param jobs Outlives the view.
  explicit job_view(job_table& jobs);

  /// The rows that are selected, in order.
  std::vector<int> selected_rows() const;

 protected:
  /// Paints the changed rows again, and only those.
  void dataChanged(const QModelIndex& first, const QModelIndex& last,
                   const QVector<int>& roles) override;
};

}  // namespace background_jobs
