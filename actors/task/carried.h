// carried: a value that travels home beside a message.
//
// Question: who owns an item or a report between worker and observer?
// Zone:     border. Made by the worker, freed at home when its last observer returned.
//
// Which thread touches what: a value is written before its message is sent, or when that arrives,
// and only looked at afterwards. The latest value is handed over by an atomic exchange of pointers,
// and what was decoded for an actor is kept under a mutex, so that no code of the value's type ever
// runs under a lock.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
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
#include "actors/sync/mutex.h"
#include "actors/task/credit.h"
#include "actors/task/transfer.h"

namespace offstage {

/// What may have a value for those who look.
class value_carrier : public attachment {
 public:
  /// The value, or null if there is none; only after it arrived.
  /// @thread Any, for looking.
  virtual void* value() noexcept { return nullptr; }

  /// Its type.
  /// @thread Any.
  virtual const std::type_info& type() const noexcept { return typeid(void); }
};

/// A part of a task's credit, repaid when the message it belongs to is gone, whatever became of it.
class ticket : public value_carrier {
 public:
  /// @param keeper Keeps the credit alive.
  ticket(ref<attachment> keeper, credit& window, std::size_t bytes) noexcept
      : keeper_(std::move(keeper)), window_(window), bytes_(bytes) {}
  ~ticket() override { window_.repay(bytes_); }
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
///
/// Neither end waits for the other, however long the constructors and the destructor of a value
/// take: values are exchanged as pointers.
template <class T>
class latest_value {
 public:
  /// A place for a value.
  using place = std::unique_ptr<std::optional<T>>;

  latest_value() = default;
  latest_value(const latest_value&) = delete;
  latest_value& operator=(const latest_value&) = delete;
  ~latest_value() { take(); }

  /// Puts a value in the place of an undelivered one, which is destroyed here; returns true if
  /// there was none, so that a message must be sent to have it fetched.
  /// @thread The task's worker.
  /// @errors What the constructor that moves a value throws; std::bad_alloc. Nothing was put then.
  bool put(T value) {
    auto made = spare_ ? std::move(spare_) : std::make_unique<std::optional<T>>();
    made->emplace(std::move(value));
    place before(undelivered_.exchange(made.release(), std::memory_order_acq_rel));
    if (!before) return true;
    before->reset();
    spare_ = std::move(before);
    return false;
  }

  /// Takes the value; null if there is none.
  /// @thread Home.
  place take() noexcept { return place(undelivered_.exchange(nullptr, std::memory_order_acq_rel)); }

 private:
  std::atomic<std::optional<T>*> undelivered_{nullptr};
  place spare_;  // The worker's: a place that was overwritten, for the next value.
};

/// A ticket for the latest value, which it fetches when it arrives.
template <class T>
class carried_latest final : public ticket {
 public:
  carried_latest(ref<attachment> keeper, credit& window, latest_value<T>& from) noexcept
      : ticket(std::move(keeper), window, 0), from_(from) {}
  bool fetched_on_arrival() const noexcept override { return true; }
  void arrive() noexcept override { value_ = from_.take(); }
  void* value() noexcept override { return value_ ? &**value_ : nullptr; }
  const std::type_info& type() const noexcept override { return typeid(T); }
  bool plain() const noexcept override { return std::is_trivially_destructible_v<T>; }
  void encode(byte_writer& writer) override { encode_value(writer, **from_.take()); }
  std::string_view value_type() const noexcept override { return codec_detail::type_name<T>(); }

 private:
  latest_value<T>& from_;
  typename latest_value<T>::place value_;
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
  bool plain() const noexcept override { return false; }  // What was decoded goes with it.
  std::string_view value_type() const noexcept override { return type_; }

  /// What the value's codec wrote.
  payload where() const noexcept { return {payload_kind::bytes, bytes_, {}, keeper_}; }

  /// The value, read with the codec of a `T` when it is asked for the first time; lives as long as
  /// this. Null if it is of another type.
  /// @thread Any.
  /// @errors As `decode_value`.
  template <class T>
  const T* decoded() OFFSTAGE_EXCLUDES(mutex_) {
    if (type_ != codec_detail::type_name<T>()) return nullptr;
    if (const T* known = kept<T>()) return known;
    // Two who ask at once read it twice, and one of both is kept.
    auto made = std::make_shared<T>(decode_value<T>(where()));
    return keep<T>(made) ? made.get() : kept<T>();
  }

 private:
  template <class T>
  const T* kept() const OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    const bool this_type = decoded_type_ != nullptr && *decoded_type_ == typeid(T);
    return this_type ? static_cast<const T*>(decoded_.get()) : nullptr;
  }

  template <class T>
  bool keep(const std::shared_ptr<T>& made) OFFSTAGE_EXCLUDES(mutex_) {
    sync::lock held(mutex_);
    if (decoded_type_ != nullptr) return false;
    decoded_type_ = &typeid(T);
    decoded_ = made;
    return true;
  }

  mutable sync::mutex mutex_;
  std::shared_ptr<const void> decoded_ OFFSTAGE_GUARDED_BY(mutex_);
  const std::type_info* decoded_type_ OFFSTAGE_GUARDED_BY(mutex_) = nullptr;
  const std::string type_;
  const std::shared_ptr<const void> keeper_;
  const std::vector<std::byte> copy_;
  const std::span<const std::byte> bytes_;
};

/// The value in what travelled with a message, if it is a `T`; otherwise null. It lives as long as
/// what travelled.
/// @thread Any.
/// @errors If it came from another process: as `decode_value`.
template <class T>
const T* carried_value(attachment* beside) {
  auto* const carrier = dynamic_cast<value_carrier*>(beside);
  if (carrier == nullptr) return nullptr;
  if (carrier->type() == typeid(T)) return static_cast<const T*>(carrier->value());
  if constexpr (has_codec<T> && std::is_move_constructible_v<T>) {
    auto* const bytes = dynamic_cast<carried_bytes*>(carrier);
    if (bytes != nullptr) return bytes->template decoded<T>();
  }
  return nullptr;
}

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
