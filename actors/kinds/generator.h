// generator: a coroutine that yields items one by one and returns something in the end.
//
// Question: how does a user write an iteration?
// Zone:     away. Hears the iteration's task, says items.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "actors/errors/errors.h"

namespace offstage {

namespace detail {

// The part of a promise that keeps what `co_return` gave.
template <class R>
class returned_value {
 public:
  template <std::convertible_to<R> Value>
  void return_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
  }
  bool has_returned() const noexcept { return value_.has_value(); }
  R take_returned() {
    R out = std::move(*value_);
    value_.reset();
    return out;
  }

 private:
  std::optional<R> value_;
};

template <>
class returned_value<void> {
 public:
  void return_void() noexcept { returned_ = true; }
  bool has_returned() const noexcept { return returned_; }
  void take_returned() noexcept {}

 private:
  bool returned_ = false;
};

}  // namespace detail

/// A coroutine that yields items of type `T` with `co_yield` and ends with `co_return` of an `R`.
///
///     offstage::generator<double, int> reciprocals(int n) {
///       for (int i = 1; i <= n; ++i) co_yield 1.0 / i;
///       co_return n;
///     }
///
/// It runs only inside `next()`, in the caller's thread; destroying it destroys what the body has
/// on its stack. Items that are temporaries are moved out, so that the coroutine keeps none.
/// @thread One at a time.
template <class T, class R = void>
class generator {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "a generator yields values");

 public:
  /// What it yields.
  using item_type = T;
  /// What it returns in the end.
  using result_type = R;

  /// What the compiler asks of a coroutine of this type; not for users.
  /// @thread The generator's.
  class promise_type : public detail::returned_value<R> {
   public:
    /// The coroutine's first step: its handle.
    generator get_return_object() noexcept {
      return generator(std::coroutine_handle<promise_type>::from_promise(*this));
    }

    /// It does not run before `next()`.
    std::suspend_always initial_suspend() const noexcept { return {}; }

    /// It stays until the generator is destroyed.
    std::suspend_always final_suspend() const noexcept { return {}; }

    /// What the body throws, `next()` throws.
    void unhandled_exception() {
      thrown_ = std::current_exception();
      // No C++ exception: a thread that ends itself (pthread_exit) is not to be held up, and what
      // another language has thrown cannot be kept.
      if (!thrown_) throw;
    }

    /// Takes an item that is a temporary.
    std::suspend_always yield_value(T&& item) {
      item_.emplace(std::move(item));
      return {};
    }

    /// Takes a copy of an item that the body keeps.
    std::suspend_always yield_value(const T& item) requires std::copy_constructible<T> {
      item_.emplace(item);
      return {};
    }

    /// A generator does not wait.
    void await_transform() = delete;

   private:
    friend generator;
    std::optional<T> item_;
    std::exception_ptr thrown_;
  };

  /// Takes the coroutine over; the other one has ended.
  generator(generator&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}

  /// Exchanges the coroutines.
  generator& operator=(generator&& other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~generator() {
    if (body_) body_.destroy();
  }

  /// Runs the body to its next item; none if it has ended.
  /// @errors What the body throws; the generator has ended then.
  std::optional<T> next() {
    if (!body_ || body_.done()) return std::nullopt;
    resume();
    auto& promise = body_.promise();
    if (promise.thrown_) std::rethrow_exception(std::exchange(promise.thrown_, nullptr));
    return std::exchange(promise.item_, std::nullopt);
  }

  /// What the body returned; once, after `next()` gave none.
  /// @errors not_done if the body has not returned, or has thrown, or the result was taken before,
  /// or
  ///   the generator was moved from.
  R take_result() {
    if (!body_ || !body_.promise().has_returned()) {
      throw not_done("generator::take_result: expected a body that has returned, found none");
    }
    return body_.promise().take_returned();
  }

 private:
  explicit generator(std::coroutine_handle<promise_type> body) noexcept : body_(body) {}

  void resume() {
#if defined(__clang__)
    // Where unhandled_exception() throws, clang 14 takes the coroutine for one that waits at its
    // last co_yield, and would destroy what was there a second time. So its frame is left.
    try {
      body_.resume();
    } catch (...) {
      body_ = nullptr;
      throw;
    }
#else
    body_.resume();
#endif
  }

  std::coroutine_handle<promise_type> body_;
};

}  // namespace offstage
