// job_window: what the user sees and does.
//
// Question: which job, and what is to become of it?
// Zone:     home.
#pragma once

#include <QMainWindow>
#include <QTimer>
#include <vector>

#include "actors/offstage.h"
#include "examples/background_processes/slow_square.h"
#include "examples/qt_background_processes/job_table.h"
#include "examples/qt_background_processes/job_view.h"

class QAction;
class QLabel;
class QPushButton;
class QSpinBox;

namespace background_jobs {

/// The window: an input, buttons, the table of jobs, and how many of them are in which state.
/// @thread Home.
class job_window final : public QMainWindow {
 public:
  /// @param executor Outlives the window.
  job_window(offstage::executor& executor, const square_conditions& conditions);
  ~job_window() override;

  /// Submits a job for each input.
  void square(const std::vector<int>& inputs);

 private:
  void square_input();
  void cancel_selected();
  void show_counts();

  offstage::executor& executor_;
  const square_conditions conditions_;
  job_table jobs_;
  job_view view_{jobs_};
  QTimer soon_;
  QSpinBox* input_ = nullptr;
  QPushButton* cancel_all_ = nullptr;
  QPushButton* clear_finished_ = nullptr;
  QAction* cancel_selected_ = nullptr;
  QLabel* counts_ = nullptr;
};

}  // namespace background_jobs
