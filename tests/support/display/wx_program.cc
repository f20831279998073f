// A small wxWidgets window for the display's own test: a button that squares, a label, a table. Its
// exit code is 40 and the number of squares, so that no other failure looks like it.

#include <wx/dataview.h>
#include <wx/wx.h>

namespace {

class squares_frame : public wxFrame {
 public:
  squares_frame() : wxFrame{nullptr, wxID_ANY, "Squares in wx", wxDefaultPosition, {420, 320}} {
    auto* panel = new wxPanel{this};
    input_ =
        new wxTextCtrl{panel, wxID_ANY, "", wxDefaultPosition, wxDefaultSize, wxTE_PROCESS_ENTER};
    auto* button = new wxButton{panel, wxID_ANY, "Square"};
    label_ = new wxStaticText{panel, wxID_ANY, "nothing yet"};
    table_ = new wxDataViewListCtrl{panel, wxID_ANY};
    table_->AppendTextColumn("Number");
    table_->AppendTextColumn("Square");
    auto* patch = new wxPanel{panel, wxID_ANY, wxDefaultPosition, {40, 40}};
    patch->SetBackgroundColour(wxColour{0xFF, 0xB0, 0xC0});
    auto* sizer = new wxBoxSizer{wxVERTICAL};
    for (wxWindow* part : {static_cast<wxWindow*>(input_), static_cast<wxWindow*>(button),
                           static_cast<wxWindow*>(label_), static_cast<wxWindow*>(patch)}) {
      sizer->Add(part, 0, wxEXPAND | wxALL, 4);
    }
    sizer->Add(table_, 1, wxEXPAND | wxALL, 4);
    panel->SetSizer(sizer);
    button->Bind(wxEVT_BUTTON, [this](wxCommandEvent&) { square(); });
    input_->Bind(wxEVT_TEXT_ENTER, [this](wxCommandEvent&) { square(); });
  }

  int squares() const { return squares_; }

 private:
  void square() {
    const int number = wxAtoi(input_->GetValue());
    const wxString result = wxString::Format("%d", number * number);
    label_->SetLabel(result);
    wxVector<wxVariant> row;
    row.push_back(input_->GetValue());
    row.push_back(result);
    table_->AppendItem(row);
    ++squares_;
  }

  wxTextCtrl* input_ = nullptr;
  wxStaticText* label_ = nullptr;
  wxDataViewListCtrl* table_ = nullptr;
  int squares_ = 0;
};

}  // namespace

// Not in the namespace, for wxIMPLEMENT_APP makes a function of it that others could call.
class squares_program : public wxApp {
 public:
  bool OnInit() override {
    frame_ = new squares_frame;
    frame_->Bind(wxEVT_CLOSE_WINDOW, [this](wxCloseEvent& event) {
      squares_ = frame_->squares();
      event.Skip();
    });
    frame_->Show();
    return true;
  }

  int OnRun() override {
    wxApp::OnRun();
    return 40 + squares_;
  }

 private:
  squares_frame* frame_ = nullptr;
  int squares_ = 0;
};

wxIMPLEMENT_APP(squares_program);
