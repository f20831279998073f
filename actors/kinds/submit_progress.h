// submit_progress: a call that reports progress, away.
//
// Question: how does a callable with a progress parameter become a task?
// Zone:     home. Hears the user, says a task to the executor.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "actors/executor/executor.h"
#include "actors/future/progress_future.h"
#include "actors/kinds/progress.h"
#include "actors/kinds/submission.h"
#include "actors/kinds/task_body.h"
#include "actors/task/messaging_record.h"

namespace offstage {

/// How the reports of a task are delivered.
struct progress_options {
  delivery deliver = delivery::keep_all;  ///< Which reports are delivered.
};

namespace detail {

// The type of the reports that a callable makes, if its first parameter says so.
struct unknown_report {};

template <class First>
struct report_of {
  using type = unknown_report;
};
template <class P>
struct report_of<progress<P>&> {
  using type = P;
};

template <class Signature>
struct first_parameter {
  using type = void;
};
template <class R, class First, class... Rest>
struct first_parameter<R(First, Rest...)> {
  using type = First;
};
template <class R, class First, class... Rest>
struct first_parameter<R(First, Rest...) noexcept> {
  using type = First;
};

template <class Function>
struct call_signature {
  using type = void;
};
template <class R, class... Args>
struct call_signature<R (*)(Args...)> {
  using type = R(Args...);
};
template <class R, class... Args>
struct call_signature<R (*)(Args...) noexcept> {
  using type = R(Args...);
};
template <class Member>
struct member_signature {
  using type = void;
};
template <class C, class R, class... Args>
struct member_signature<R (C::*)(Args...)> {
  using type = R(Args...);
};
template <class C, class R, class... Args>
struct member_signature<R (C::*)(Args...) const> {
  using type = R(Args...);
};
template <class C, class R, class... Args>
struct member_signature<R (C::*)(Args...) noexcept> {
  using type = R(Args...);
};
template <class C, class R, class... Args>
struct member_signature<R (C::*)(Args...) const noexcept> {
  using type = R(Args...);
};
template <class Function>
requires requires { &Function::operator(); }
struct call_signature<Function> {
  using type = typename member_signature<decltype(&Function::operator())>::type;
};

// The type of report, given or found out.
template <class Given, class Function>
using report_type = std::conditional_t<std::is_void_v<Given>,
                                       typename report_of<typename first_parameter<
                                           typename call_signature<Function>::type>::type>::type,
                                       Given>;

// The task of a call with progress.
template <class P, class R, class Body>
class progress_record final : public record_with_body<messaging_record<R>, Body> {
 public:
  template <class... Xs>
  explicit progress_record(delivery deliver, Xs&&... xs)
      : record_with_body<messaging_record<R>, Body>(std::forward<Xs>(xs)...), deliver_(deliver) {}

  void encode_task(byte_writer& writer) const override {
    require_transferable<P>();
    this->require_transferable_result();
    writer.write(deliver_);
    this->body_.write(writer);
  }
  record_maker maker() const noexcept override { return make; }
  bool heard_quietly() const noexcept override {
    return is_quiet<P> && is_quiet<R> && Body::quiet();
  }

 protected:
  payload invoke() override {
    return this->keep([this]() -> R {
      reporter here(*this);
      return this->body_.call(static_cast<progress<P>&>(here));
    });
  }

  ref<attachment> unpack(const state_message& message) override {
    if (message.kind != state_message_kind::progressed) return task_record::unpack(message);
    return deliver_ == delivery::keep_all
               ? this->template unpack_value<P>(message.value)
               : this->unpack_latest(latest_, decode_value<P>(message.value));
  }

 private:
  static ref<task_record> make(byte_reader& reader) {
    const auto deliver = reader.read<delivery>();
    return ref<task_record>(new progress_record(deliver, from_bytes{}, reader));
  }

  class reporter final : public progress<P> {
   public:
    explicit reporter(progress_record& task) : task_(task) {}

   protected:
    bool do_report(P value) override { return task_.send(std::move(value)); }
    bool is_cancelled() const override { return task_.cancel_requested(); }

   private:
    progress_record& task_;
  };

  bool send(P value) {
    const auto make = [](message_origin origin, payload where) {
      return make_progressed(origin, where);
    };
    return deliver_ == delivery::keep_all ? this->send_value(std::move(value), make)
                                          : this->send_latest(latest_, std::move(value), make);
  }

  const delivery deliver_;
  latest_value<P> latest_;
};

}  // namespace detail

/// Prepares what `submit_progress` submits, to be submitted later.
/// @thread Any.
template <class Report = void, class Function, class... Args>
auto prepare_progress(progress_options options, Function&& function, Args&&... args) {
  using report = detail::report_type<Report, std::decay_t<Function>>;
  if constexpr (std::is_same_v<report, detail::unknown_report>) {
    static_assert(detail::never<Function>,
                  "offstage::submit_progress: the callable's first parameter must be an "
                  "offstage::progress<P>& (if it is auto&, say submit_progress<P>)");
  } else {
    using body = detail::task_body<detail::leading<progress<report>&>, std::decay_t<Function>,
                                   std::decay_t<Args>...>;
    OFFSTAGE_CHECK_SUBMISSION("submit_progress", body::shape, ", after the progress") {
      using result = detail::kept_result_t<typename body::result_type>;
      return prepared<progress_future<report, result>>{
          {ref<task_record>(new detail::progress_record<report, result, body>(
               options.deliver, std::forward<Function>(function), std::forward<Args>(args)...)),
           std::make_unique<value_receiver<report>>(state_message_kind::progressed)}};
    }
  }
}

/// As above, for a task that may be run twice.
/// @thread Any.
template <class Report = void, class Function, class... Args>
auto prepare_progress(progress_options options, idempotent_callable<Function> marked,
                      Args&&... args) {
  return detail::marked_idempotent(
      prepare_progress<Report>(options, std::move(marked.function), std::forward<Args>(args)...));
}

/// Runs `function(progress, args...)` on a worker, where `progress` is a `progress<P>&` through
/// which it reports values of type `P`, and gives the future of its result.
///
/// `P` is found out from the callable's first parameter; where that is generic (`auto&`), it is
/// given: `submit_progress<int>(...)`. After a cancel the next report throws task_cancelled in the
/// body. Callable and arguments are as with `submit_call`; a std::stop_token is passed after the
/// progress.
/// @param options How the reports are delivered: all of them, holding the body while 1,024 or about
///   8 MiB of them are on their way home (the default), or always the latest.
/// @thread Home.
/// @errors As `submit_call`.
template <class Report = void, class Function, class... Args>
auto submit_progress(executor& executor, progress_options options, Function&& function,
                     Args&&... args) {
  return detail::submit_prepared(executor, [&] {
    return prepare_progress<Report>(options, std::forward<Function>(function),
                                    std::forward<Args>(args)...);
  });
}

/// As above, with all reports delivered.
template <class Report = void, class Function, class... Args>
requires(!std::is_same_v<std::remove_cvref_t<Function>, progress_options>) auto submit_progress(
    executor& executor, Function&& function, Args&&... args) {
  return submit_progress<Report>(executor, progress_options{}, std::forward<Function>(function),
                                 std::forward<Args>(args)...);
}

}  // namespace offstage
