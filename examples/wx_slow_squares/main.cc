// Slow squares in a window of wxWidgets: a row for each, its state as it changes, and all the time
// the window answers. Try it:
//
//   tools/run wx_slow_squares -- --context processes 3 4 5

#include <wx/wx.h>

#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "actors/loop/wx/wx_loop.h"
#include "actors/offstage.h"
#include "examples/wx_slow_squares/options.h"
#include "examples/wx_slow_squares/squares_frame.h"

namespace slow_squares {
namespace {

class application : public wxApp {
 public:
  explicit application(options wanted) : wanted_(std::move(wanted)) {}

  bool OnInit() override {
    loop_.emplace();
    if (wanted_.context == workplace::processes) {
      context_ = std::make_unique<offstage::multiprocessing_context>();
    } else {
      context_ = std::make_unique<offstage::multithreading_context>();
    }
    // wxWidgets deletes it when it was closed, and what still runs is cancelled.
    auto* const frame = new squares_frame(
        *loop_, {.context = context_.get(), .worker_count = wanted_.workers}, wanted_.conditions);
    for (const int each : wanted_.inputs) frame->square(each);
    return frame->Show();
  }

 private:
  const options wanted_;
  std::optional<offstage::wx_loop> loop_;
  std::unique_ptr<offstage::parallel_context> context_;
};

}  // namespace
}  // namespace slow_squares

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  try {
    auto wanted = slow_squares::parse_options(argc, argv);
    if (wanted.help) {
      std::cout << slow_squares::help_text;
      return 0;
    }
    wxApp::SetInstance(new slow_squares::application(std::move(wanted)));
  } catch (const std::exception& error) {
    std::cerr << "wx_slow_squares: " << error.what() << " (see --help)\n";
    return 2;
  }
  argc = 1;  // The rest was not for wxWidgets.
  return wxEntry(argc, argv);
}
