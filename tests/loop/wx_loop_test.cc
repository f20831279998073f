// wxWidgets' event loop: what every loop does, and what is wxWidgets' own.

#include "actors/loop/wx/wx_loop.h"

#include <gtest/gtest.h>
#include <wx/app.h>
#include <wx/apptrait.h>
#include <wx/dialog.h>
#include <wx/evtloop.h>
#include <wx/timer.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/contract/home_rows.h"
#include "tests/contract/loop_rows.h"
#include "tests/support/display/desktop.h"

namespace offstage::contract {
namespace {

// wxWidgets' loop without windows drains before it ends, so this has windows, and a desktop.
class application : public ::testing::Environment {
 public:
  void SetUp() override {
    for (const std::string& variable : display::desktop::instance().environment()) {
      const auto equals = variable.find('=');
      ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
    }
    // Nobody reads these windows, and the bridge would still be on the bus when that ends.
    ::setenv("NO_AT_BRIDGE", "1", 1);
    wxApp::SetInstance(new wxApp);
    ASSERT_TRUE(wxEntryStart(argc_, argv_));
  }
  void TearDown() override {
    wxEntryCleanup();
    const auto left = display::desktop::end();
    EXPECT_TRUE(left.empty()) << "still running:\n" << display::to_string(left);
  }

 private:
  int argc_ = 1;
  char name_[13] = "wx_loop_test";
  char* argv_[2] = {name_, nullptr};
};

[[maybe_unused]] const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new application);

class repeated_timer : public wxTimer {
 public:
  repeated_timer(std::chrono::milliseconds interval, std::function<void()> call)
      : call_(std::move(call)) {
    Start(static_cast<int>(interval.count()));
  }

 private:
  void Notify() override { call_(); }

  std::function<void()> call_;
};

struct wx_home {
  using loop_type = wx_loop;
  static constexpr bool any_thread = false;
  static constexpr bool nests = true;
  static constexpr bool goes_on = true;
  static constexpr bool outlived = true;

  static std::unique_ptr<wx_loop> make_loop() { return std::make_unique<wx_loop>(); }

  void run(std::chrono::nanoseconds limit) {
    const std::unique_ptr<wxEventLoopBase> run(wxTheApp->GetTraits()->CreateEventLoop());
    runs.push_back(run.get());
    const repeated_timer end(std::chrono::ceil<std::chrono::milliseconds>(limit),
                             [&run] { run->ScheduleExit(); });
    run->Run();
    runs.pop_back();
  }
  void quit() { runs.back()->ScheduleExit(); }

  static std::unique_ptr<repeated_timer> every(std::chrono::milliseconds interval,
                                               std::function<void()> call) {
    return std::make_unique<repeated_timer>(interval, std::move(call));
  }

  std::vector<wxEventLoopBase*> runs;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Wx, LoopRows, wx_home);
INSTANTIATE_TYPED_TEST_SUITE_P(Wx, HomeRows, wx_home);

TEST(WxLoopTest, IsForTheMainThread) {
  std::thread([] { EXPECT_THROW(wx_loop(), invalid_options); }).join();
}

TEST(WxLoopTest, MessagesGoOnWhileAModalDialogIsOpen) {
  wx_home home;
  wx_loop loop;
  executor user{loop, {.worker_count = 2}};
  wxDialog dialog(nullptr, wxID_ANY, "Really?");
  std::string order;
  int reports = 0;
  bool painted = false;
  bool quitted = false;
  dialog.Bind(wxEVT_PAINT, [&](wxPaintEvent& event) {
    painted = true;
    event.Skip();
  });
  submit_call(user, twice, 1).on_result([&](const auto&) {
    auto reporting = submit_progress(user, flood);
    reporting.on_progress([&, reporting](int) {
      EXPECT_TRUE(dialog.IsModal());
      if (++reports >= 1000 && painted) reporting.cancel();
    });
    reporting.on_done([&](const auto&) {
      EXPECT_TRUE(dialog.IsModal());
      order += "reported ";
      // One that was submitted while the dialog was open.
      submit_call(user, twice, 2).on_result([&](const auto& future) {
        order += "answered ";
        dialog.EndModal(future.result());
      });
    });
    EXPECT_EQ(dialog.ShowModal(), 4);
    order += "closed ";
    submit_call(user, twice, 3).on_result([&](const auto&) {
      order += "afterwards";
      quitted = true;
      home.quit();
    });
  });
  home.run(guard);
  EXPECT_TRUE(quitted);
  EXPECT_FALSE(dialog.IsModal());
  EXPECT_FALSE(dialog.IsShown());
  EXPECT_EQ(order, "reported answered closed afterwards");
}

}  // namespace
}  // namespace offstage::contract
