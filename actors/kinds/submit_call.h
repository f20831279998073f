// submit_call: one call, away.
//
// Question: how does a plain call become a task?
// Zone:     home. Hears the user, says a task to the executor.
#pragma once

#include <type_traits>
#include <utility>

#include "actors/executor/executor.h"
#include "actors/future/future.h"
#include "actors/kinds/call_record.h"

namespace offstage {

/// Runs `function(args...)` on a worker and gives the future of its result.
///
/// Function and arguments are copied or moved into the task, as with std::thread; `const char*` and
/// std::string_view arguments are copied as strings. To pass a reference, use std::ref and keep
/// what it refers to alive. Any callable will do: functions, lambdas, pointers to members (the
/// first argument is the object, or a pointer to it), move-only ones.
///
/// A callable that takes a std::stop_token first, and could not be called without, is given one;
/// stop is requested of it when the future is cancelled, and its stop callbacks run on a thread of
/// their own. Callable and arguments are destroyed before the future is done: on the worker, or at
/// home if the task never ran; a reference that is returned must refer to something that lasts.
/// @thread Home.
/// @errors executor_not_running, pool_closed, loop_gone, wrong_sequence; then nothing was
/// submitted.
template <class Function, class... Args>
auto submit_call(executor& executor, Function&& function, Args&&... args) {
  using kept_function = std::decay_t<Function>;
  using shape = detail::call_shape<kept_function, std::decay_t<Args>...>;
  if constexpr (!std::is_constructible_v<kept_function, Function>) {
    static_assert(detail::never<Function>,
                  "offstage::submit_call: the callable cannot be copied or moved into the task");
  } else if constexpr (!(std::is_constructible_v<std::decay_t<Args>, Args> && ...)) {
    static_assert(detail::never<Function>,
                  "offstage::submit_call: an argument cannot be copied or moved into the task");
  } else if constexpr (!shape::plain && !shape::with_token) {
    static_assert(detail::never<Function>,
                  "offstage::submit_call: the callable cannot be called with these arguments, "
                  "which are copied and passed as rvalues (for a reference, pass std::ref)");
  } else {
    using result =
        typename detail::call_result<kept_function, shape::with_token, std::decay_t<Args>...>::type;
    if constexpr (std::is_rvalue_reference_v<result>) {
      static_assert(detail::never<Function>,
                    "offstage::submit_call: the callable returns an rvalue reference, which would "
                    "dangle: return a value");
    } else {
      using kept_result =
          std::conditional_t<std::is_reference_v<result>, result, std::remove_cv_t<result>>;
      using record =
          detail::call_record<kept_result, shape::with_token, kept_function, std::decay_t<Args>...>;
      return call_future<kept_result>(executor.submit(ref<task_record>(
          new record(std::forward<Function>(function), std::forward<Args>(args)...))));
    }
  }
}

}  // namespace offstage
