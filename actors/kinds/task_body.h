// task_body: a callable with its arguments, kept until a worker runs it.
//
// Question: how is what the user submitted stored and called?
// Zone:     away. Hears the kinds of tasks, says the call to the user's callable.
#pragma once

#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actors/kinds/stored_text.h"
#include "actors/kinds/transferred.h"
#include "messages/codec/users_code.h"
#include "messages/functions.h"

namespace offstage::detail {

// False, but not before a template is used.
template <class>
inline constexpr bool never = false;

// Nothing, as the type of what is passed before a callable's own arguments.
template <class... Leading>
struct leading {};

// Whether a callable takes its leading arguments (a reporter, say) and its own, as they are or with
// a stop token before its own.
template <class Function, class Leading, class... Args>
struct body_shape;

template <class Function, class... Leading, class... Args>
struct body_shape<Function, leading<Leading...>, Args...> {
  static constexpr bool plain =
      std::is_invocable_v<Function, Leading..., typename stored_argument<Args>::passed...>;

  // Not even asked where the plain call works: asking may instantiate a body that does not compile.
  static constexpr bool with_token =
      std::conjunction_v<std::bool_constant<!plain>,
                         std::is_invocable<Function, Leading..., std::stop_token,
                                           typename stored_argument<Args>::passed...>>;
  static constexpr bool callable = plain || with_token;

  static auto result() {
    if constexpr (plain) {
      return std::type_identity<
          std::invoke_result_t<Function, Leading..., typename stored_argument<Args>::passed...>>{};
    } else if constexpr (with_token) {
      return std::type_identity<std::invoke_result_t<Function, Leading..., std::stop_token,
                                                     typename stored_argument<Args>::passed...>>{};
    } else {
      return std::type_identity<void>{};
    }
  }
  using result_type = typename decltype(result())::type;
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

// Texts are kept as strings.
template <class T>
inline constexpr bool quiet_argument = std::is_trivially_destructible_v<T> || is_quiet<T> ||
                                       is_c_text<T> || std::is_same_v<T, std::string_view>;

// Callable, arguments, and the source of a token if it takes one.
template <class Leading, class Function, class... Args>
class task_body {
 public:
  using shape = body_shape<Function, Leading, Args...>;
  using result_type = typename shape::result_type;

  template <class F, class... Xs>
  explicit task_body(F&& function, Xs&&... args)
      : parts_(std::in_place, std::forward<F>(function),
               std::tuple<stored_argument<Args>...>(
                   stored_argument<Args>{std::forward<Xs>(args)}...)) {}

  // In a child process: as the parent's `write` wrote it.
  task_body(from_bytes, byte_reader& reader) : parts_(read(reader)) {}

  void write(byte_writer& writer) const {
    transferred<Function>::write(writer, parts_->function);
    std::apply([&](const auto&... args) { (transferred_argument<Args>::write(writer, args), ...); },
               parts_->args);
  }

  bool takes_stop_token() const noexcept { return source_.taken(); }
  void request_stop() noexcept { source_.stop(); }

  // Calls it, once.
  template <class... First>
  result_type call(First&... first) {
    // As a std::function without a target.
    if constexpr (std::is_pointer_v<Function> || std::is_member_pointer_v<Function>) {
      if (parts_->function == nullptr) throw std::bad_function_call();
    }
    return std::apply(
        [&](auto&... args) -> result_type {
          if constexpr (shape::with_token) {
            return detail::invoke(std::move(parts_->function), first..., source_.token(),
                                  args.pass()...);
          } else {
            return detail::invoke(std::move(parts_->function), first..., args.pass()...);
          }
        },
        parts_->args);
  }

  void forget() noexcept { parts_.reset(); }

  // True if forgetting runs none of the user's code.
  static constexpr bool quiet() noexcept {
    return std::is_trivially_destructible_v<parts> ||
           (std::is_trivially_destructible_v<Function> && (quiet_argument<Args> && ...));
  }

  // False if forgetting does nothing.
  static constexpr bool holds_values() noexcept { return !std::is_trivially_destructible_v<parts>; }

 private:
  struct parts {
    template <class F>
    parts(F&& f, std::tuple<stored_argument<Args>...>&& a)
        : function(std::forward<F>(f)), args(std::move(a)) {}
    Function function;
    std::tuple<stored_argument<Args>...> args;
  };

  // One after the other, as they were written.
  static parts read(byte_reader& reader) {
    Function function = transferred<Function>::read(reader);
    return parts(std::move(function),
                 std::tuple<stored_argument<Args>...>{transferred_argument<Args>::read(reader)...});
  }

  std::optional<parts> parts_;
  [[no_unique_address]] token_source<shape::with_token> source_;
};

// The part of a record that is the same for all kinds: a body to call and to forget.
template <class Base, class Body>
class record_with_body : public Base {
 public:
  template <class... Xs>
  explicit record_with_body(Xs&&... xs) : body_(std::forward<Xs>(xs)...) {}

  bool takes_stop_token() const noexcept override { return body_.takes_stop_token(); }
  void request_stop() noexcept override { body_.request_stop(); }
  bool holds_values() const noexcept override { return Body::holds_values(); }

 protected:
  void forget_body() noexcept override { body_.forget(); }

  Body body_;
};

// What a task keeps of a result of type R.
template <class R>
using kept_result_t = std::conditional_t<std::is_reference_v<R>, R, std::remove_cv_t<R>>;

}  // namespace offstage::detail
