#include "examples/wx_slow_squares/job_list.h"

#include <vector>

namespace slow_squares {
namespace {

wxColour colour_of(offstage::future_state state) {
  switch (state) {
    case offstage::future_state::waiting:
      return {0xff, 0xff, 0xff};
    case offstage::future_state::executing:
      return {0xad, 0xd8, 0xe6};
    case offstage::future_state::cancelling:
      return {0xff, 0xa5, 0x00};
    case offstage::future_state::cancelled:
      return {0xff, 0x50, 0x50};
    case offstage::future_state::failed:
      return {0xff, 0xc0, 0xcb};
    case offstage::future_state::completed:
      return {0x90, 0xee, 0x90};
  }
  return {};
}

wxString text_of(const offstage::call_future<long>& future) {
  switch (future.state()) {
    case offstage::future_state::waiting:
      return "Waiting";
    case offstage::future_state::executing:
      return "Executing";
    case offstage::future_state::cancelling:
      return "Cancelling";
    case offstage::future_state::cancelled:
      return "Cancelled";
    case offstage::future_state::failed:
      return "Failed: " + wxString::FromUTF8(future.failure().what);
    case offstage::future_state::completed:
      return wxString::Format("Completed: %ld", future.result());
  }
  return "";
}

}  // namespace

class job_list::store : public wxDataViewListStore {
 public:
  bool GetAttrByRow(unsigned row, unsigned, wxDataViewItemAttr& attributes) const override {
    if (row >= states_.size()) return false;
    // With a desktop's dark theme, too.
    attributes.SetColour(*wxBLACK);
    attributes.SetBackgroundColour(colour_of(states_[row]));
    return true;
  }

  void set_state(unsigned row, offstage::future_state state) {
    if (row >= states_.size()) states_.resize(row + 1);
    states_[row] = state;
  }

 private:
  std::vector<offstage::future_state> states_;
};

job_list::job_list(wxWindow* parent)
    : wxDataViewListCtrl(parent, wxID_ANY, wxDefaultPosition, wxDefaultSize, wxDV_MULTIPLE),
      store_(new store) {
  AssociateModel(store_);
  store_->DecRef();
  AppendTextColumn("Number", wxDATAVIEW_CELL_INERT, FromDIP(90), wxALIGN_RIGHT);
  AppendTextColumn("State", wxDATAVIEW_CELL_INERT, FromDIP(280));
}

void job_list::add(int input, const offstage::call_future<long>& future) {
  const auto row = static_cast<unsigned>(GetItemCount());
  store_->set_state(row, future.state());
  wxVector<wxVariant> cells;
  cells.push_back(wxString::Format("%d", input));
  cells.push_back(text_of(future));
  AppendItem(cells);
  EnsureVisible(RowToItem(static_cast<int>(row)));
}

void job_list::update(unsigned row, const offstage::call_future<long>& future) {
  store_->set_state(row, future.state());
  store_->SetValueByRow(text_of(future), row, 1);
  // Of a value that changes GTK's accessibility is not told, of a row it is.
  store_->RowChanged(row);
}

std::vector<unsigned> job_list::selected_rows() const {
  wxDataViewItemArray items;
  GetSelections(items);
  std::vector<unsigned> rows;
  for (const auto& each : items) rows.push_back(static_cast<unsigned>(ItemToRow(each)));
  return rows;
}

}  // namespace slow_squares
