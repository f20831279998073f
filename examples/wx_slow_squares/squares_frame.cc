#include "examples/wx_slow_squares/squares_frame.h"

#include <algorithm>
#include <numeric>

#include "examples/wx_slow_squares/options.h"

namespace slow_squares {

squares_frame::squares_frame(offstage::loop& loop, const offstage::executor_options& parts,
                             square_conditions conditions)
    : wxFrame(nullptr, wxID_ANY, "Slow squares"), conditions_(conditions), executor_(loop, parts) {
  auto* const panel = new wxPanel(this);
  auto* const label = new wxStaticText(panel, wxID_ANY, "&Number:");
  input_ =
      new wxTextCtrl(panel, wxID_ANY, "", wxDefaultPosition, wxDefaultSize, wxTE_PROCESS_ENTER);
  auto* const square = new wxButton(panel, wxID_ANY, "&Square");
  cancel_ = new wxButton(panel, wxID_ANY, "&Cancel");
  cancel_->SetToolTip("Cancels the selected jobs, or all of them if none is selected");
  list_ = new job_list(panel);
  status_ = new wxStaticText(panel, wxID_ANY, "");

  const int gap = FromDIP(6);
  auto* const top = new wxBoxSizer(wxHORIZONTAL);
  top->Add(label, wxSizerFlags().CenterVertical().Border(wxRIGHT, gap));
  top->Add(input_, wxSizerFlags(1).CenterVertical().Border(wxRIGHT, gap));
  top->Add(square, wxSizerFlags().CenterVertical().Border(wxRIGHT, gap));
  top->Add(cancel_, wxSizerFlags().CenterVertical());
  auto* const all = new wxBoxSizer(wxVERTICAL);
  all->Add(top, wxSizerFlags().Expand().Border(wxALL, gap));
  all->Add(list_, wxSizerFlags(1).Expand().Border(wxLEFT | wxRIGHT, gap));
  all->Add(status_, wxSizerFlags().Expand().Border(wxALL, gap));
  panel->SetSizer(all);
  SetClientSize(FromDIP(wxSize(520, 300)));
  SetMinClientSize(FromDIP(wxSize(480, 160)));

  square->Bind(wxEVT_BUTTON, [this](wxCommandEvent&) { take_input(); });
  input_->Bind(wxEVT_TEXT_ENTER, [this](wxCommandEvent&) { take_input(); });
  cancel_->Bind(wxEVT_BUTTON, [this](wxCommandEvent&) { cancel_selected_or_all(); });
  list_->Bind(wxEVT_DATAVIEW_SELECTION_CHANGED, [this](wxDataViewEvent&) { enable_cancel(); });
  Bind(wxEVT_CHAR_HOOK, [this](wxKeyEvent& event) {
    // In the input it deletes a character.
    if (event.GetKeyCode() == WXK_DELETE && !input_->HasFocus()) {
      cancel_rows(list_->selected_rows());
    } else {
      event.Skip();
    }
  });
  input_->SetFocus();
  show_counts();
}

void squares_frame::take_input() {
  if (const auto input = input_in(input_->GetValue().ToStdString())) {
    square(*input);
    input_->Clear();
  } else {
    status_->SetLabel(wxString::Format("Expected a number from 0 to %d.", input_max));
    input_->SelectAll();
  }
  input_->SetFocus();
}

void squares_frame::square(int input) {
  const auto row = static_cast<unsigned>(jobs_.size());
  auto future = offstage::submit_call(executor_, slow_square, input, conditions_);
  jobs_.push_back({future, future.state()});
  ++count(future.state());
  list_->add(input, future);
  future.on_state([this, row](const auto&) { show(row); });
  show_counts();
}

void squares_frame::show(unsigned row) {
  auto& job = jobs_[row];
  --count(job.shown);
  job.shown = job.future.state();
  ++count(job.shown);
  list_->update(row, job.future);
  show_counts();
}

void squares_frame::cancel_rows(const std::vector<unsigned>& rows) {
  for (const unsigned row : rows) jobs_[row].future.cancel();
}

void squares_frame::cancel_selected_or_all() {
  auto rows = list_->selected_rows();
  if (rows.empty()) {
    rows.resize(jobs_.size());
    std::iota(rows.begin(), rows.end(), 0U);
  }
  cancel_rows(rows);
}

void squares_frame::show_counts() {
  using enum offstage::future_state;
  status_->SetLabel(wxString::Format(
      "%d waiting, %d executing, %d cancelling, %d cancelled, %d failed, %d completed",
      count(waiting), count(executing), count(cancelling), count(cancelled), count(failed),
      count(completed)));
  enable_cancel();
}

void squares_frame::enable_cancel() {
  using enum offstage::future_state;
  const auto rows = list_->selected_rows();
  const bool any = rows.empty() ? count(waiting) + count(executing) > 0
                                : std::any_of(rows.begin(), rows.end(), [this](unsigned row) {
                                    return jobs_[row].future.cancellable();
                                  });
  cancel_->Enable(any);
}

}  // namespace slow_squares
