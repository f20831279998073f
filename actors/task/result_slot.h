// result_slot: where the result of a task waits in its record.
//
// Question: who holds the value that a body returned?
// Zone:     border. Written by the worker before the final message, read at home after it.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "actors/task/task_record.h"
#include "actors/task/transfer.h"

namespace offstage {

namespace detail {

// How a result of type R is kept: by value, a reference as a pointer, void as nothing.
template <class R>
struct kept_result {
  using type = std::remove_const_t<R>;
  static const R& get(const type& value) noexcept { return value; }
  static R take(type& value) { return std::move(value); }
};

template <class R>
struct kept_result<R&> {
  using type = R*;
  static R& get(R* value) noexcept { return *value; }
  static R& take(R* value) noexcept { return *value; }
};

// Becomes the value of a call where it is constructed, so that results need not be movable.
template <class Call>
struct value_of {
  Call call;
  operator decltype(auto)() { return call(); }
};

}  // namespace detail

/// A task record whose body returns an `R`.
template <class R>
class result_slot : public task_record {
 public:
  /// The result; only after `returned` arrived, and not after `take()`.
  /// @thread Home.
  decltype(auto) get() const noexcept { return detail::kept_result<R>::get(*value_); }

  /// Moves the result out.
  /// @thread Home.
  R take() {
    R out = detail::kept_result<R>::take(*value_);
    value_.reset();
    return out;
  }

  /// False once the result was taken.
  /// @thread Home.
  bool filled() const noexcept { return value_.has_value(); }

  void forget_result() noexcept override { value_.reset(); }

  void encode(byte_writer& writer) override {
    if constexpr (std::is_lvalue_reference_v<R>) {
      refuse_transfer<R>();
    } else {
      encode_value(writer, *value_);
    }
  }

  void decode_result(const payload& where) override {
    if constexpr (std::is_lvalue_reference_v<R>) {
      refuse_transfer<R>();
    } else {
      value_.emplace(detail::value_of<decoding>{{where}});
    }
  }

 protected:
  /// Throws not_transferable unless the result can come back from another process.
  static void require_transferable_result() { require_transferable<R>(); }

  /// Keeps what `call()` returns.
  template <class Call>
  payload keep(Call&& call) {
    if constexpr (std::is_lvalue_reference_v<R>) {
      value_.emplace(std::addressof(call()));
    } else {
      value_.emplace(detail::value_of<Call&>{call});
    }
    return {payload_kind::slot};
  }

 private:
  struct decoding {
    const payload& where;
    std::remove_const_t<R> operator()() const {
      return decode_value<std::remove_const_t<R>>(where);
    }
  };

  std::optional<typename detail::kept_result<R>::type> value_;
};

/// A task record whose body returns nothing.
template <>
class result_slot<void> : public task_record {
 public:
  void decode_result(const payload&) override {}

 protected:
  static void require_transferable_result() {}

  template <class Call>
  payload keep(Call&& call) {
    call();
    return {payload_kind::nothing};
  }
};

}  // namespace offstage
