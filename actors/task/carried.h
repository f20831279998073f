// carried: a value that travels home beside a message.
//
// Question: who owns an item or a report between worker and observer?
// Zone:     border. Made by the worker, freed at home when its last observer returned.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "actors/ref/ref.h"
#include "actors/router/mail.h"
#include "actors/task/credit.h"
#include "actors/task/transfer.h"

namespace offstage {

/// A part of a task's credit, repaid when the message it belongs to is gone, whatever became of it.
class ticket : public attachment {
 public:
  /// @param keeper Keeps the credit alive.
  ticket(ref<attachment> keeper, credit& window, std::size_t bytes) noexcept
      : keeper_(std::move(keeper)), window_(window), bytes_(bytes) {}
  ~ticket() override { window_.repay(bytes_); }

  /// The value, or null if there is none; only after it arrived.
  /// @thread Any, for looking.
  virtual void* value() noexcept { return nullptr; }

  /// Its type.
  virtual const std::type_info& type() const noexcept { return typeid(void); }

  bool plain() const noexcept override { return true; }

  std::size_t credit_bytes() const noexcept override { return bytes_; }

 private:
  ref<attachment> keeper_;
  credit& window_;
  std::size_t bytes_;
};

/// A ticket with a value.
template <class T>
class carried final : public ticket {
 public:
  template <class... Args>
  carried(ref<attachment> keeper, credit& window, std::size_t bytes, Args&&... args)
      : ticket(std::move(keeper), window, bytes), value_(std::forward<Args>(args)...) {}
  void* value() noexcept override { return &value_; }
  const std::type_info& type() const noexcept override { return typeid(T); }
  bool plain() const noexcept override { return std::is_trivially_destructible_v<T>; }
  void encode(byte_writer& writer) override { encode_value(writer, value_); }
  std::string_view value_type() const noexcept override { return codec_detail::type_name<T>(); }

 private:
  T value_;
};

/// The one undelivered value of a task that wants only its latest value delivered.
template <class T>
class latest_value {
 public:
  /// Puts a value in the place of an undelivered one; returns true if there was none, so that a
  /// message must be sent to have it fetched.
  /// @thread The task's worker.
  bool put(T value) {
    std::lock_guard lock(mutex_);
    const bool first = !value_.has_value();
    value_ = std::move(value);
    return first;
  }

  /// Takes the value.
  /// @thread Home.
  std::optional<T> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(value_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<T> value_;
};

/// A ticket for the latest value, which it fetches when it arrives.
template <class T>
class carried_latest final : public ticket {
 public:
  carried_latest(ref<attachment> keeper, credit& window, latest_value<T>& from) noexcept
      : ticket(std::move(keeper), window, 0), from_(from) {}
  void arrive() noexcept override { value_ = from_.take(); }
  void* value() noexcept override { return value_ ? &*value_ : nullptr; }
  const std::type_info& type() const noexcept override { return typeid(T); }
  bool plain() const noexcept override { return std::is_trivially_destructible_v<T>; }
  void encode(byte_writer& writer) override { encode_value(writer, *from_.take()); }

 private:
  latest_value<T>& from_;
  std::optional<T> value_;
};

/// A ticket with the bytes of a value whose type only the observer knows.
class carried_bytes final : public ticket {
 public:
  /// @param size About how much of the credit it is.
  /// @param type The name of the value's type; empty for no value.
  /// @param bytes Copied, unless somebody keeps them.
  carried_bytes(ref<attachment> keeper, credit& window, std::size_t size, std::string_view type,
                std::span<const std::byte> bytes, std::shared_ptr<const void> bytes_keeper)
      : ticket(std::move(keeper), window, size),
        type_(type),
        keeper_(std::move(bytes_keeper)),
        copy_(keeper_ ? std::vector<std::byte>()
                      : std::vector<std::byte>(bytes.begin(), bytes.end())),
        bytes_(keeper_ ? bytes : std::span<const std::byte>(copy_)) {}
  std::string_view value_type() const noexcept override { return type_; }

  /// What the value's codec wrote.
  payload where() const noexcept { return {payload_kind::bytes, bytes_, {}, keeper_}; }

 private:
  const std::string type_;
  const std::shared_ptr<const void> keeper_;
  const std::vector<std::byte> copy_;
  const std::span<const std::byte> bytes_;
};

/// About how many bytes a value keeps: its own, and those of its elements if it is a container, or
/// those that it says it has.
template <class T>
std::size_t size_estimate_bytes(const T& value) noexcept {
  if constexpr (requires {
                  { value.size_bytes() } -> std::convertible_to<std::size_t>;
                }) {
    return sizeof(T) + value.size_bytes();
  } else if constexpr (requires {
                         typename T::value_type;
                         { value.size() } -> std::convertible_to<std::size_t>;
                       }) {
    return sizeof(T) + value.size() * sizeof(typename T::value_type);
  } else {
    return sizeof(T);
  }
}

}  // namespace offstage
