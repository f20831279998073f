// submit_call: one call, away.
//
// Question: how does a plain call become a task?
// Zone:     home. Hears the user, says a task to the executor.
#pragma once

#include <type_traits>
#include <utility>

#include "actors/executor/executor.h"
#include "actors/future/future.h"
#include "actors/kinds/submission.h"
#include "actors/kinds/task_body.h"
#include "actors/task/result_slot.h"

namespace offstage {

namespace detail {

// The task of a call.
template <class R, class Body>
class call_record final : public record_with_body<result_slot<R>, Body> {
 public:
  using record_with_body<result_slot<R>, Body>::record_with_body;

  void encode_task(byte_writer& writer) const override {
    this->require_transferable_result();
    this->body_.write(writer);
  }
  record_maker maker() const noexcept override { return make; }
  bool heard_quietly() const noexcept override { return is_quiet<R> && Body::quiet(); }

 protected:
  payload invoke() override {
    return this->keep([this]() -> R { return this->body_.call(); });
  }

 private:
  static ref<task_record> make(byte_reader& reader) {
    return ref<task_record>(new call_record(from_bytes{}, reader));
  }
};

}  // namespace detail

/// Prepares a call, to be submitted later; see `submit_call`.
/// @thread Any.
template <class Function, class... Args>
auto prepare_call(Function&& function, Args&&... args) {
  using body = detail::task_body<detail::leading<>, std::decay_t<Function>, std::decay_t<Args>...>;
  OFFSTAGE_CHECK_SUBMISSION("submit_call", body::shape, "") {
    using result = detail::kept_result_t<typename body::result_type>;
    return prepared<call_future<result>>{{ref<task_record>(new detail::call_record<result, body>(
        std::forward<Function>(function), std::forward<Args>(args)...))}};
  }
}

/// As above, for a task that may be run twice.
/// @thread Any.
template <class Function, class... Args>
auto prepare_call(idempotent_callable<Function> marked, Args&&... args) {
  return detail::marked_idempotent(
      prepare_call(std::move(marked.function), std::forward<Args>(args)...));
}

/// Runs `function(args...)` on a worker and gives the future of its result.
///
/// Function and arguments are copied or moved into the task, as with std::thread; `const char*` and
/// std::string_view arguments are copied as strings. To pass a reference, use std::ref and keep
/// what it refers to alive. Any callable will do: functions, lambdas, pointers to members (the
/// first argument is the object, or a pointer to it), move-only ones.
///
/// A callable that takes a std::stop_token first, and could not be called without, is given one;
/// stop is requested of it when the future is cancelled, and its stop callbacks run on a thread of
/// their own. Callable and arguments are destroyed before the future is done: on the worker, or,
/// if the task never ran, on another thread of the pool; a reference that is returned must refer to
/// something that lasts.
/// @thread Home.
/// @errors executor_not_running, pool_closed, loop_gone, wrong_sequence, wrong_process;
/// std::system_error if there is no thread and none can be had; for a worker process also
/// not_transferable, shared_memory_full and what codecs throw. Then nothing was submitted.
template <class Function, class... Args>
auto submit_call(executor& executor, Function&& function, Args&&... args) {
  return detail::submit_prepared(executor, [&] {
    return prepare_call(std::forward<Function>(function), std::forward<Args>(args)...);
  });
}

}  // namespace offstage
