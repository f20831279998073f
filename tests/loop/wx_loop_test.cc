// wxWidgets' event loop: what every loop does, and what is wxWidgets' own.

#include "actors/loop/wx/wx_loop.h"

#include <gtest/gtest.h>
#include <wx/app.h>
#include <wx/apptrait.h>
#include <wx/evtloop.h>
#include <wx/timer.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "tests/contract/home_rows.h"
#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

class application : public ::testing::Environment {
 public:
  void SetUp() override {
    wxApp::SetInstance(new wxApp);
    ASSERT_TRUE(wxEntryStart(argc_, argv_));
  }
  void TearDown() override { wxEntryCleanup(); }

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

}  // namespace
}  // namespace offstage::contract
