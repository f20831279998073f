// squares_frame: the window of wx_slow_squares.
//
// Question: what does a person want, and what becomes of it?
// Zone:     home. Hears the person and futures, says tasks.
#pragma once

#include <wx/wx.h>

#include <array>
#include <cstddef>
#include <vector>

#include "actors/offstage.h"
#include "examples/background_processes/slow_square.h"
#include "examples/wx_slow_squares/job_list.h"

namespace slow_squares {

/// An input, a list of jobs, and a button that cancels them.
/// @thread Home.
class squares_frame : public wxFrame {
 public:
  /// @param loop and the options' context: they live longer than the window.
  squares_frame(offstage::loop& loop, const offstage::executor_options& parts,
                square_conditions conditions);

  void square(int input);

 private:
  void take_input();
  void cancel_rows(const std::vector<unsigned>& rows);
  void cancel_selected_or_all();
  void show(unsigned row);
  void show_counts();
  void enable_cancel();
  int& count(offstage::future_state state) { return counts_.at(static_cast<std::size_t>(state)); }

  const square_conditions conditions_;
  wxTextCtrl* input_ = nullptr;  // wxWidgets owns what is in a window.
  wxButton* cancel_ = nullptr;
  wxStaticText* status_ = nullptr;
  job_list* list_ = nullptr;
  struct job {
    offstage::call_future<long> future;
    offstage::future_state shown;
  };
  std::vector<job> jobs_;        // One for each row.
  std::array<int, 6> counts_{};  // Of jobs in each state.
  // It goes first, while what its observers speak to is still there.
  offstage::executor executor_;
};

}  // namespace slow_squares
