// progress_future: the handle of a task that reports progress.
//
// Question: how does a user see reports as they come?
// Zone:     home.
#pragma once

#include <utility>

#include "actors/future/future.h"
#include "actors/future/value_receiver.h"

namespace offstage {

/// The future of a task that reports values of type `P` and returns an `R`.
/// @thread Home, for every call but copying, moving and dropping.
template <class P, class R>
class progress_future : public basic_result_future<progress_future<P, R>, R> {
 public:
  /// What it reports.
  using progress_type = P;

  /// Not the future of any task.
  progress_future() noexcept = default;

  /// A handle of this future.
  explicit progress_future(ref<future_core> core) noexcept
      : basic_result_future<progress_future, R>(std::move(core)) {}

  /// Calls the observer at home for each report that is delivered, which is the value, in order,
  /// while the future is executing. After a cancel none is delivered.
  template <class Observer>
  subscription on_progress(Observer observer) const {
    auto& core = this->core_at_home("progress_future::on_progress");
    if (core.done()) return {};
    return static_cast<value_receiver<P>*>(core.middle())
        ->add(detail::value_observer<progress_future, P>(std::move(observer)));
  }
};

}  // namespace offstage
