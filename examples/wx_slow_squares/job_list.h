// job_list: a row for each job.
//
// Question: what does a person see of a job?
// Zone:     home.
#pragma once

#include <wx/dataview.h>

#include <vector>

#include "actors/offstage.h"

namespace slow_squares {

/// A list of jobs, each with its number, its state as a text and the state's colour. Rows are
/// counted from 0.
/// @thread Home.
class job_list : public wxDataViewListCtrl {
 public:
  explicit job_list(wxWindow* parent);

  /// Adds a row and scrolls to it.
  void add(int input, const offstage::call_future<long>& future);

  /// Shows the state as it is now; no other row is touched.
  void update(unsigned row, const offstage::call_future<long>& future);

  std::vector<unsigned> selected_rows() const;

 private:
  class store;

  store* store_;  // Its references are counted, by the control.
};

}  // namespace slow_squares
