// followed_task: a task of any kind, as a dialog sees it.
//
// Question: how far is the task, whatever its future's type?
// Zone:     home. Hears reports, says that something differs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/future/future.h"
#include "actors/future/progress_future.h"
#include "actors/future/steps_future.h"

namespace offstage {

/// How far a task is, in its own unit (files, rows, bytes).
struct task_reading {
  std::string message = {};    ///< What is being done, for the user; UTF-8.
  std::uint64_t complete = 0;  ///< How much is done.
  std::uint64_t total = 0;     ///< How much there is to do; 0: not known.
};

/// A task and how to see how far it is. Futures in steps become one by themselves; the handle they
/// were is not needed any longer.
/// @thread Home.
class followed_task {
 public:
  /// A task in steps.
  /// @errors not_done if the handle is not valid; so for those below.
  template <class R>
  followed_task(const steps_future<R>& future)  // NOLINT: meant to convert.
      : core_(core_of(future)),
        read_([steps = steps_future<void>(core_)] {
          return task_reading{steps.message(), steps.complete(), steps.total()};
        }),
        observe_([steps = steps_future<void>(core_)](std::function<void()> changed) {
          const auto call = [changed = std::move(changed)](const auto&) { changed(); };
          return std::vector<subscription>{steps.on_message(call), steps.on_total(call),
                                           steps.on_complete(call)};
        }) {}

  /// A task with progress; `reading_of(report)` gives a task_reading, and is called for each report
  /// that is delivered. `begin` is shown before the first.
  template <class P, class R, class ReadingOf>
  followed_task(const progress_future<P, R>& future, ReadingOf reading_of, task_reading begin = {})
      : core_(core_of(future)) {
    const auto latest = std::make_shared<task_reading>(std::move(begin));
    read_ = [latest] { return *latest; };
    observe_ = [future, latest, reading_of](std::function<void()> changed) {
      return std::vector<subscription>{
          future.on_progress([latest, reading_of, changed = std::move(changed)](const P& report) {
            *latest = reading_of(report);
            changed();
          })};
    };
  }

  /// A task that does not say how far it is.
  template <class Future>
  followed_task(const basic_future<Future>& future, std::string message)
      : core_(core_of(future)),
        read_([message = std::move(message)] { return task_reading{message}; }),
        observe_([](const std::function<void()>&) { return std::vector<subscription>{}; }) {}

  /// The future.
  const ref<future_core>& core() const noexcept { return core_; }

  /// How far it is now.
  task_reading read() const { return read_(); }

  /// Has `changed` called after each report that differs.
  std::vector<subscription> observe(std::function<void()> changed) const {
    return observe_(std::move(changed));
  }

 private:
  template <class Future>
  static const ref<future_core>& core_of(const basic_future<Future>& future) {
    future.id();  // Says what is wrong with a handle that is not valid.
    return future.shared_core();
  }

  ref<future_core> core_;
  std::function<task_reading()> read_;
  std::function<std::vector<subscription>(std::function<void()>)> observe_;
};

}  // namespace offstage
