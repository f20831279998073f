// The flood at a wxWidgets window.

#include <wx/app.h>
#include <wx/apptrait.h>
#include <wx/dcclient.h>
#include <wx/evtloop.h>
#include <wx/frame.h>
#include <wx/timer.h>

#include "actors/loop/wx/wx_loop.h"
#include "tools/benchmarks/loop_flood.h"

namespace {

class call_timer : public wxTimer {
 public:
  std::function<void()> call;

 private:
  void Notify() override { call(); }
};

class toolkit {
 public:
  toolkit() : window_(new wxFrame(nullptr, wxID_ANY, "flood", wxDefaultPosition, {400, 300})) {
    window_->Bind(wxEVT_PAINT, [this](wxPaintEvent&) {
      wxPaintDC(window_).DrawText(std::to_string(++painted_), 20, 20);
    });
    window_->Show();
    frames_.call = [this] { window_->Refresh(); };
    frames_.Start(16);
  }
  ~toolkit() { window_->Destroy(); }

  static auto make_loop() { return std::make_unique<offstage::wx_loop>(); }
  static void run(std::chrono::milliseconds time) {
    const std::unique_ptr<wxEventLoopBase> run(wxTheApp->GetTraits()->CreateEventLoop());
    call_timer end;
    end.call = [&] { run->ScheduleExit(); };
    end.StartOnce(static_cast<int>(time.count()));
    run->Run();
  }
  template <class Call>
  void after_1_ms(Call call) {
    timer_.call = call;
    timer_.StartOnce(1);
  }
  template <class Call>
  void post(Call call) {
    window_->CallAfter(call);
  }
  int painted() const { return painted_; }

 private:
  wxFrame* window_;
  call_timer frames_;
  call_timer timer_;
  int painted_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  wxApp::SetInstance(new wxApp);
  if (!wxEntryStart(argc, argv)) return 1;
  int code;
  {
    toolkit wx;
    code = offstage::bench::loop_flood(wx).run(argc, argv);
  }
  wxEntryCleanup();
  return code;
}
