// submit_iteration: a sequence of items, away.
//
// Question: how do a range or a generator become a task?
// Zone:     home. Hears the user, says a task to the executor.
#pragma once

#include <iterator>  // With the concepts of ranges; <ranges> is all the views besides.
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "actors/executor/executor.h"
#include "actors/future/iteration_future.h"
#include "actors/kinds/generator.h"
#include "actors/kinds/submission.h"
#include "actors/kinds/task_body.h"
#include "actors/task/messaging_record.h"

namespace offstage {

namespace detail {

// What an iteration over a `Range` yields and returns.
template <class Range>
struct iteration_types {
  static constexpr bool valid = false;
};

template <class Range>
requires std::ranges::input_range<Range>
struct iteration_types<Range> {
  static constexpr bool valid = true;
  static constexpr bool from_generator = false;
  using item = std::ranges::range_value_t<Range>;
  using result = void;
};

template <class T, class R>
struct iteration_types<generator<T, R>> {
  static constexpr bool valid = true;
  static constexpr bool from_generator = true;
  using item = T;
  using result = R;
};

// The task of an iteration.
template <class T, class R, class Body>
class iteration_record final : public record_with_body<messaging_record<R>, Body> {
 public:
  using record_with_body<messaging_record<R>, Body>::record_with_body;

  void encode_task(byte_writer& writer) const override {
    require_transferable<T>();
    this->require_transferable_result();
    this->body_.write(writer);
  }
  record_maker maker() const noexcept override { return make; }
  bool heard_quietly() const noexcept override {
    return is_quiet<T> && is_quiet<R> && Body::quiet();
  }

 protected:
  // The range or generator is gone when this returns, so before the final message is sent.
  payload invoke() override {
    using made = typename Body::result_type;
    if constexpr (iteration_types<std::remove_cvref_t<made>>::from_generator) {
      return run(this->body_.call());
    } else {
      made&& range = this->body_.call();
      return walk<made>(range);
    }
  }

  ref<attachment> unpack(const state_message& message) override {
    if (message.kind != state_message_kind::generated) return task_record::unpack(message);
    return this->template unpack_value<T>(message.value);
  }

 private:
  static ref<task_record> make(byte_reader& reader) {
    return ref<task_record>(new iteration_record(from_bytes{}, reader));
  }

  payload run(generator<T, R> items) {
    while (!this->cancel_requested()) {
      auto item = items.next();
      if (!item) return this->keep([&]() -> R { return items.take_result(); });
      if (!send(std::move(*item))) break;
    }
    return {payload_kind::nothing};
  }

  template <class Made, class Range>
  payload walk(Range& range) {
    if (this->cancel_requested()) return {payload_kind::nothing};
    auto at = std::ranges::begin(range);
    const auto end = std::ranges::end(range);
    for (; at != end; ++at) {
      // Items of a container that nobody else holds are moved out, all others copied.
      bool sent;
      if constexpr (std::is_reference_v<Made> || std::ranges::view<std::remove_cvref_t<Made>>) {
        sent = send(T(*at));
      } else {
        sent = send(T(std::ranges::iter_move(at)));
      }
      if (!sent || this->cancel_requested()) break;
    }
    return {payload_kind::nothing};
  }

  bool send(T&& item) {
    return this->send_value(std::move(item), [](message_origin origin, payload where) {
      return make_generated(origin, where);
    });
  }
};

}  // namespace detail

/// Prepares what `submit_iteration` submits, to be submitted later.
/// @thread Any.
template <class Function, class... Args>
auto prepare_iteration(Function&& function, Args&&... args) {
  using body = detail::task_body<detail::leading<>, std::decay_t<Function>, std::decay_t<Args>...>;
  OFFSTAGE_CHECK_SUBMISSION("submit_iteration", body::shape, "") {
    using types = detail::iteration_types<std::remove_cvref_t<typename body::result_type>>;
    if constexpr (!types::valid) {
      static_assert(detail::never<Function>,
                    "offstage::submit_iteration: the callable returns neither a range nor an "
                    "offstage::generator");
    } else {
      using item = typename types::item;
      using result = typename types::result;
      return prepared<iteration_future<item, result>>{
          {ref<task_record>(new detail::iteration_record<item, result, body>(
               std::forward<Function>(function), std::forward<Args>(args)...)),
           std::make_unique<value_receiver<item>>(state_message_kind::generated)}};
    }
  }
}

/// As above, for a task that may be run twice.
/// @thread Any.
template <class Function, class... Args>
auto prepare_iteration(idempotent_callable<Function> marked, Args&&... args) {
  return detail::marked_idempotent(
      prepare_iteration(std::move(marked.function), std::forward<Args>(args)...));
}

/// Calls `function(args...)` on a worker and sends home each item of what it returns: a range (a
/// container, a view, ...), or an `offstage::generator<T, R>`, whose `R` is the future's result.
///
/// Whether the future was cancelled is looked at before each item; the range or generator is
/// destroyed before the future is done. The worker keeps no item that it has sent. While 1,024
/// items or about 8 MiB are on their way home, the iteration waits. Callable and arguments are as
/// with `submit_call`; arguments live as long as the iteration.
/// @thread Home.
/// @errors As `submit_call`.
template <class Function, class... Args>
auto submit_iteration(executor& executor, Function&& function, Args&&... args) {
  return detail::submit_prepared(executor, [&] {
    return prepare_iteration(std::forward<Function>(function), std::forward<Args>(args)...);
  });
}

}  // namespace offstage
