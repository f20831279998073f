// iteration_future: the handle of an iteration.
//
// Question: how does a user see items as they come?
// Zone:     home.
#pragma once

#include <utility>

#include "actors/future/future.h"
#include "actors/future/value_receiver.h"

namespace offstage {

/// The future of an iteration over items of type `T`, whose generator returns an `R` in the end
/// (void for ranges).
/// @thread Home, for every call but copying, moving and dropping.
template <class T, class R = void>
class iteration_future : public basic_result_future<iteration_future<T, R>, R> {
 public:
  /// What it yields.
  using item_type = T;

  /// Not the future of any task.
  iteration_future() noexcept = default;

  /// A handle of this future.
  explicit iteration_future(ref<future_core> core) noexcept
      : basic_result_future<iteration_future, R>(std::move(core)) {}

  /// Calls the observer at home for each item, which is the value, in order, while the future is
  /// executing. Items that came before are not repeated; the item is freed when its last observer
  /// has returned. After a cancel none is delivered.
  template <class Observer>
  subscription on_item(Observer observer) const {
    auto& core = this->core_at_home("iteration_future::on_item");
    if (core.done()) return {};
    return static_cast<value_receiver<T>*>(core.middle())
        ->add(detail::value_observer<iteration_future, T>(std::move(observer)));
  }
};

}  // namespace offstage
