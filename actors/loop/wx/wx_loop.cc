#include "actors/loop/wx/wx_loop.h"

#include <wx/app.h>
#include <wx/apptrait.h>
#include <wx/event.h>
#include <wx/evtloop.h>
#include <wx/evtloopsrc.h>
#include <wx/thread.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "actors/errors/errors.h"

namespace offstage {

class wx_loop::wiring final : public wxEventLoopSourceHandler {
 public:
  explicit wiring(wx_loop& owner) : owner_(owner) {
    source_.reset(
        wxEventLoopBase::AddSourceForFD(owner.event_.descriptor(), this, wxEVENT_SOURCE_INPUT));
    if (!source_) {
      throw std::system_error(ENOTSUP, std::generic_category(),
                              "wx_loop: wxWidgets takes no descriptors");
    }
  }

 private:
  // Descriptors come before paints here, so the turn is left to the pending events, which come
  // after.
  void OnReadWaiting() override {
    owner_.event_.clear();
    turns_.CallAfter([&owner = owner_] { owner.turn(); });
  }
  void OnWriteWaiting() override {}
  void OnExceptionWaiting() override {}

  wx_loop& owner_;
  wxEvtHandler turns_;
  std::unique_ptr<wxEventLoopSource> source_;
};

wx_loop::wx_loop() : runnable_loop(affinity::binding::this_thread) {
  if (wxTheApp == nullptr || !wxThread::IsMain()) {
    throw invalid_options(
        wxTheApp == nullptr
            ? "wx_loop: expected a wxApp, initialised before the loop; found none"
            : "wx_loop: expected the main thread; found another, where wxWidgets runs no windows");
  }
  wiring_ = std::make_unique<wiring>(*this);
}

wx_loop::~wx_loop() { close(); }

void wx_loop::wake() noexcept { event_.signal(); }

void wx_loop::run_for(wait& what) {
  if (wxTheApp == nullptr) return run_for_messages(what, event_);
  const std::unique_ptr<wxEventLoopBase> nested(wxTheApp->GetTraits()->CreateEventLoop());
  const wxEventLoopActivator active(nested.get());
  do {
    if (what.end()) {
      constexpr std::chrono::milliseconds most = std::chrono::hours(24);
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *what.end() - std::chrono::steady_clock::now());
      nested->DispatchTimeout(
          static_cast<unsigned long>(std::clamp(left, std::chrono::milliseconds(0), most).count()));
    } else {
      nested->Dispatch();
    }
    if (wxTheApp->HasPendingEvents()) wxTheApp->ProcessPendingEvents();
  } while (!what.over());
}

}  // namespace offstage
