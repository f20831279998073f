// call_record: the task of a call.
//
// Question: what does a worker run for submit_call?
// Zone:     away. Hears the worker, says the call to the user's callable.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actors/kinds/stored_text.h"
#include "actors/task/result_slot.h"

namespace offstage::detail {

// False, but not before a template is used.
template <class>
inline constexpr bool never = false;

// Whether a callable takes the arguments as they are, or with a stop token before them.
template <class Function, class... Args>
struct call_shape {
  static constexpr bool plain =
      std::is_invocable_v<Function, typename stored_argument<Args>::passed...>;
  // Not even asked where the plain call works: asking may instantiate a body that does not compile.
  static constexpr bool with_token = std::conjunction_v<
      std::bool_constant<!plain>,
      std::is_invocable<Function, std::stop_token, typename stored_argument<Args>::passed...>>;
};

template <class Function, bool WithToken, class... Args>
struct call_result {
  using type = std::invoke_result_t<Function, typename stored_argument<Args>::passed...>;
};

template <class Function, class... Args>
struct call_result<Function, true, Args...> {
  using type =
      std::invoke_result_t<Function, std::stop_token, typename stored_argument<Args>::passed...>;
};

// The source of a token, for the callables that take one.
template <bool WithToken>
class token_source {
 public:
  bool taken() const noexcept { return false; }
  void stop() noexcept {}
};

template <>
class token_source<true> {
 public:
  bool taken() const noexcept { return true; }
  void stop() noexcept { source_.request_stop(); }
  std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  std::stop_source source_;
};

template <class R, bool WithToken, class Function, class... Args>
class call_record final : public result_slot<R> {
 public:
  template <class F, class... Xs>
  explicit call_record(F&& function, Xs&&... args)
      : body_(std::in_place, std::forward<F>(function),
              std::tuple<stored_argument<Args>...>(
                  stored_argument<Args>{std::forward<Xs>(args)}...)) {}

  bool takes_stop_token() const noexcept override { return source_.taken(); }
  void request_stop() noexcept override { source_.stop(); }

 protected:
  payload invoke() override {
    return this->keep([this]() -> R {
      return std::apply(
          [this](auto&... args) -> R {
            if constexpr (WithToken) {
              return std::invoke(std::move(body_->function), source_.token(), args.pass()...);
            } else {
              return std::invoke(std::move(body_->function), args.pass()...);
            }
          },
          body_->args);
    });
  }

  void forget_body() noexcept override { body_.reset(); }

 private:
  struct body {
    template <class F>
    body(F&& f, std::tuple<stored_argument<Args>...>&& a)
        : function(std::forward<F>(f)), args(std::move(a)) {}
    Function function;
    std::tuple<stored_argument<Args>...> args;
  };

  std::optional<body> body_;
  [[no_unique_address]] token_source<WithToken> source_;
};

}  // namespace offstage::detail
