// initialize_with: what each worker of a pool does before its first task.
//
// Question: how does a callable become an initializer?
// Zone:     home. Hears the user, says an initializer to the options of a pool.
#pragma once

#include <type_traits>
#include <utility>

#include "actors/kinds/task_body.h"
#include "actors/worker/worker_initializer.h"

namespace offstage {

namespace detail {

// An initializer with its arguments, which are copied for each call.
template <class Body>
class called_initializer final : public initializer_body {
 public:
  template <class... Xs>
  explicit called_initializer(Xs&&... xs) : body_(std::forward<Xs>(xs)...) {}

  void run() const override {
    Body own(body_);
    own.call();
  }
  maker_function maker() const noexcept override { return make; }
  void encode(byte_writer& writer) const override { body_.write(writer); }

 private:
  static ref<initializer_body> make(byte_reader& reader) {
    return ref<initializer_body>(new called_initializer(from_bytes{}, reader));
  }

  const Body body_;
};

}  // namespace detail

/// The initializer that calls `function(args...)` in each worker before its first task, for
/// `pool_options::initializer` and `executor_options::initializer`.
///
/// Function and arguments are copied or moved into it as with `submit_call`, and copied again for
/// each call: in a pool of threads once in each of them, several at a time; in a pool of processes
/// once in each process, also in one that replaces another. What it returns is dropped.
///
/// If it throws, the pool is broken: its tasks fail with failure_kind::infrastructure and a text
/// that says what was thrown. A pool of processes that has had workers of use before tries it five
/// times in a row.
/// @thread Any.
/// @errors What the copying of function and arguments throws. Making a pool of processes with it
///   throws not_transferable for what cannot be sent.
template <class Function, class... Args>
worker_initializer initialize_with(Function&& function, Args&&... args) {
  using body = detail::task_body<detail::leading<>, std::decay_t<Function>, std::decay_t<Args>...>;
  if constexpr (!body::shape::plain) {
    static_assert(detail::never<Function>,
                  "offstage::initialize_with: the callable cannot be called with these arguments, "
                  "which are copied and passed as rvalues (for a reference, pass std::ref)");
    return worker_initializer();
  } else if constexpr (!std::is_copy_constructible_v<std::decay_t<Function>> ||
                       !(std::is_copy_constructible_v<std::decay_t<Args>> && ...)) {
    static_assert(detail::never<Function>,
                  "offstage::initialize_with: callable and arguments must be copyable, since each "
                  "worker is given its own");
    return worker_initializer();
  } else {
    return worker_initializer(ref<const initializer_body>(new detail::called_initializer<body>(
        std::forward<Function>(function), std::forward<Args>(args)...)));
  }
}

}  // namespace offstage
