// A wxWidgets window that stays alive while a call takes its time.

#include <wx/wx.h>

#include <chrono>
#include <optional>
#include <thread>

#include "actors/loop/wx/wx_loop.h"
#include "actors/offstage.h"

int slow_square(int n) {
  std::this_thread::sleep_for(std::chrono::seconds(1));
  return n * n;
}

class application : public wxApp {
 public:
  bool OnInit() override {
    loop_.emplace();
    executor_.emplace(*loop_);

    auto* const frame = new wxFrame(nullptr, wxID_ANY, "wx", wxDefaultPosition, {200, 60});
    auto* const button = new wxButton(frame, wxID_ANY, "Square 12");
    button->Bind(wxEVT_BUTTON, [this, button](wxCommandEvent&) {
      button->SetLabel("...");
      auto future = offstage::submit_call(*executor_, slow_square, 12);
      future.on_result(
          [button](const auto& done) { button->SetLabel(wxString::Format("%d", done.result())); });
    });
    frame->Bind(wxEVT_CLOSE_WINDOW, [this](wxCloseEvent& event) {
      executor_.reset();  // Before the button that its observers speak to.
      event.Skip();
    });
    return frame->Show();
  }

 private:
  std::optional<offstage::wx_loop> loop_;
  std::optional<offstage::executor> executor_;
};

wxIMPLEMENT_APP(application);
