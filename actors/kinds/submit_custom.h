// submit_custom: a user's own kind of task, away.
//
// Question: how does a specification become a task and a future of its own type?
// Zone:     home. Hears the user, says a task to the executor.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/executor/executor.h"
#include "actors/future/custom_future.h"
#include "actors/kinds/transferred.h"
#include "actors/task/messaging_record.h"
#include "messages/codec/users_code.h"
#include "messages/functions.h"

namespace offstage {

/// What the body of a user's own kind of task sends through.
///
/// To test such a body alone, derive from it.
/// @thread The worker that runs the body, one thread at a time; not after it has returned.
class task_channel {
 public:
  task_channel(const task_channel&) = delete;
  task_channel& operator=(const task_channel&) = delete;
  virtual ~task_channel() = default;

  /// Sends a message with a value home, after a look at whether the task was cancelled; waits
  /// while too many are on their way.
  /// @errors task_cancelled if the task was cancelled.
  template <class T>
  void send(std::string_view name, T value) {
    const auto bytes = size_estimate_bytes(value);
    require(do_send(name, bytes, [&](ref<attachment> keeper, credit& window) {
      return ref<attachment>(new carried<T>(std::move(keeper), window, bytes, std::move(value)));
    }));
  }

  /// As above, for a message without a value.
  void send(std::string_view name) {
    require(do_send(name, 0, [](ref<attachment> keeper, credit& window) {
      return ref<attachment>(new ticket(std::move(keeper), window, 0));
    }));
  }

  /// True if the task was cancelled.
  bool cancelled() const { return is_cancelled(); }

  /// A look at whether the task was cancelled, without a message.
  /// @errors task_cancelled if so.
  void check() const { require(!is_cancelled()); }

 protected:
  /// Makes what a message carries, as a part of the task's credit.
  using carrier = std::function<ref<attachment>(ref<attachment> keeper, credit& window)>;

  task_channel() = default;

  /// Sends a message; `make` makes what it carries. Returns false if the task was cancelled.
  virtual bool do_send(std::string_view name, std::size_t bytes, const carrier& make) = 0;

  /// True if the task was cancelled.
  virtual bool is_cancelled() const = 0;

 private:
  static void require(bool going_on) {
    if (!going_on) throw task_cancelled("the task was cancelled");
  }
};

namespace detail {

// The task of a user's own kind.
template <class R, class Spec>
class custom_record final : public messaging_record<R> {
 public:
  explicit custom_record(Spec spec) : spec_(std::move(spec)) {}

  void encode_task(byte_writer& writer) const override {
    this->require_transferable_result();
    transferred<Spec>::write(writer, *spec_);
  }
  record_maker maker() const noexcept override { return make; }
  // What its messages carry is read by their observers.
  bool heard_quietly() const noexcept override {
    return is_quiet<R> && std::is_trivially_destructible_v<Spec>;
  }

 protected:
  payload invoke() override {
    return this->keep([this]() -> R {
      channel here(*this);
      return (*spec_)(static_cast<task_channel&>(here));
    });
  }

  void forget_body() noexcept override { spec_.reset(); }

  ref<attachment> unpack(const state_message& message) override {
    if (message.kind != state_message_kind::custom) return task_record::unpack(message);
    return this->unpack_named(message.value);
  }

 private:
  static ref<task_record> make(byte_reader& reader) {
    return ref<task_record>(new custom_record(transferred<Spec>::read(reader)));
  }

  class channel final : public task_channel {
   public:
    explicit channel(custom_record& task) : task_(task) {}

   protected:
    bool do_send(std::string_view name, std::size_t bytes, const carrier& make) override {
      return task_.send_carried(bytes, make, [&](message_origin origin, payload where) {
        return make_custom(origin, name, where);
      });
    }
    bool is_cancelled() const override { return task_.cancel_requested(); }

   private:
    custom_record& task_;
  };

  std::optional<Spec> spec_;
};

}  // namespace detail

/// Prepares a task of a user's own kind, to be submitted later; see `executor::submit`.
/// @thread Any.
template <class Spec>
auto prepare_custom(Spec spec) {
  using future = typename Spec::future_type;
  static_assert(std::is_invocable_v<Spec&, task_channel&>,
                "offstage::executor::submit: a specification is called with an "
                "offstage::task_channel&");
  static_assert(
      std::is_same_v<std::invoke_result_t<Spec&, task_channel&>, typename future::result_type>,
      "offstage::executor::submit: a specification returns the result_type of its "
      "future_type");
  return prepared<future>{
      {ref<task_record>(
           new detail::custom_record<typename future::result_type, Spec>(std::move(spec))),
       std::make_unique<named_receiver>()}};
}

/// See the declaration in `actors/executor/executor.h`.
template <class Spec>
requires requires {
  typename Spec::future_type;
} &&(!std::is_base_of_v<prepared_task, Spec>)auto executor::submit(Spec spec) ->
    typename Spec::future_type {
  return submit(prepare_custom(std::move(spec)));
}

}  // namespace offstage
