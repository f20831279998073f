// submit_steps: a call in steps, away.
//
// Question: how does a callable with a steps reporter become a task?
// Zone:     home. Hears the user, says a task to the executor.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "actors/executor/executor.h"
#include "actors/future/steps_future.h"
#include "actors/kinds/steps_reporter.h"
#include "actors/kinds/submission.h"
#include "actors/kinds/task_body.h"
#include "actors/task/messaging_record.h"

namespace offstage {

/// How a task in steps begins, and how its reports are delivered.
struct steps_options {
  std::uint64_t total = 0;   ///< How much there is to do, in the task's own unit; 0: not known.
  std::string message = {};  ///< What is shown until the first step.
  delivery deliver = delivery::keep_all;  ///< Which reports are delivered.
};

namespace detail {

// The task of a call in steps.
template <class R, class Body>
class steps_record final : public record_with_body<messaging_record<R>, Body> {
 public:
  template <class... Xs>
  explicit steps_record(steps_options options, Xs&&... xs)
      : record_with_body<messaging_record<R>, Body>(std::forward<Xs>(xs)...),
        options_(std::move(options)) {}

  void encode_task(byte_writer& writer) const override {
    this->require_transferable_result();
    writer.write(options_.total, options_.message, options_.deliver);
    this->body_.write(writer);
  }
  record_maker maker() const noexcept override { return make; }
  bool heard_quietly() const noexcept override { return is_quiet<R> && Body::quiet(); }

 protected:
  payload invoke() override {
    return this->keep([this]() -> R {
      reporter here(*this);
      return this->body_.call(static_cast<steps_reporter&>(here));
    });
  }

  ref<attachment> unpack(const state_message& message) override {
    if (message.kind != state_message_kind::stepped) return task_record::unpack(message);
    if (options_.deliver == delivery::keep_all) {
      return this->unpack_words(message.step.message.size());
    }
    return this->unpack_latest(latest_, make_stepped({this->id(), 0}, message.step));
  }

 private:
  static ref<task_record> make(byte_reader& reader) {
    steps_options options;
    options.total = reader.read<std::uint64_t>();
    options.message = reader.read<std::string>();
    options.deliver = reader.read<delivery>();
    return ref<task_record>(new steps_record(std::move(options), from_bytes{}, reader));
  }

  class reporter final : public steps_reporter {
   public:
    explicit reporter(steps_record& task)
        : steps_reporter({task.options_.total, 0, task.options_.message}), task_(task) {}

   protected:
    bool do_report(const steps_state& now) override { return task_.send(now); }
    bool is_cancelled() const override { return task_.cancel_requested(); }

   private:
    steps_record& task_;
  };

  bool send(const steps_state& now) {
    const auto words = [&now](message_origin origin) {
      return make_stepped(origin, {now.total, now.complete, now.message});
    };
    if (options_.deliver == delivery::keep_all) return this->send_words(now.message.size(), words);
    // The message says only that there is one to be fetched.
    return this->send_latest(latest_, words({this->id(), 0}), [](message_origin origin, payload) {
      return make_stepped(origin, {});
    });
  }

  const steps_options options_;
  latest_value<flat_message> latest_;
};

}  // namespace detail

/// Prepares what `submit_steps` submits, to be submitted later.
/// @thread Any.
template <class Function, class... Args>
auto prepare_steps(steps_options options, Function&& function, Args&&... args) {
  using body = detail::task_body<detail::leading<steps_reporter&>, std::decay_t<Function>,
                                 std::decay_t<Args>...>;
  OFFSTAGE_CHECK_SUBMISSION("submit_steps", body::shape, ", after the steps reporter") {
    using result = detail::kept_result_t<typename body::result_type>;
    auto receiver = std::make_unique<steps_receiver>(options.total, options.message);
    return prepared<steps_future<result>>{
        {ref<task_record>(new detail::steps_record<result, body>(
             std::move(options), std::forward<Function>(function), std::forward<Args>(args)...)),
         std::move(receiver)}};
  }
}

/// As above, for a task that may be run twice.
/// @thread Any.
template <class Function, class... Args>
auto prepare_steps(steps_options options, idempotent_callable<Function> marked, Args&&... args) {
  return detail::marked_idempotent(
      prepare_steps(std::move(options), std::move(marked.function), std::forward<Args>(args)...));
}

/// Runs `function(reporter, args...)` on a worker, where `reporter` is a `steps_reporter&` through
/// which it says which step it is in, and gives the future of its result.
///
/// After a cancel the next report throws task_cancelled in the body. Callable and arguments are as
/// with `submit_call`; a std::stop_token is passed after the reporter.
/// @thread Home.
/// @errors As `submit_call`.
template <class Function, class... Args>
auto submit_steps(executor& executor, steps_options options, Function&& function, Args&&... args) {
  return detail::submit_prepared(executor, [&] {
    return prepare_steps(std::move(options), std::forward<Function>(function),
                         std::forward<Args>(args)...);
  });
}

/// As above, with all reports delivered.
template <class Function, class... Args>
auto submit_steps(executor& executor, std::uint64_t total, std::string message, Function&& function,
                  Args&&... args) {
  return submit_steps(executor, steps_options{total, std::move(message)},
                      std::forward<Function>(function), std::forward<Args>(args)...);
}

}  // namespace offstage
