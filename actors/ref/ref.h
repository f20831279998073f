// ref: a pointer that keeps what it points to alive.
//
// Question: who keeps an object that several rooms hold?
// Zone:     pure. Every room uses it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace offstage {

/// Types whose pointers are pointers to a `T`, too.
template <class U, class T>
concept pointing_to = std::is_convertible_v<U*, T*>;

/// Shared ownership of an object that counts its references itself, through `add_ref()` and
/// `release()`; one pointer in size.
/// @thread As for any pointer: one object by one thread at a time, copies freely.
template <class T>
class ref {
 public:
  ref() noexcept = default;
  ref(std::nullptr_t) noexcept {}
  explicit ref(T* object) noexcept : object_(object) {
    if (object_ != nullptr) object_->add_ref();
  }
  ref(const ref& other) noexcept : ref(other.object_) {}
  ref(ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <pointing_to<T> U>
  ref(const ref<U>& other) noexcept : ref(other.get()) {}
  template <pointing_to<T> U>
  ref(ref<U>&& other) noexcept : object_(other.leak()) {}
  ref& operator=(ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~ref() {
    if (object_ != nullptr) object_->release();
  }

  /// Takes over a reference that was counted before.
  static ref adopt(T* object) noexcept {
    ref out;
    out.object_ = object;
    return out;
  }

  /// Gives up the reference without uncounting it.
  T* leak() noexcept { return std::exchange(object_, nullptr); }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  bool operator==(const ref&) const noexcept = default;

 private:
  T* object_ = nullptr;
};

/// The usual way to count: an atomic number inside the object, deleted with its last reference.
class counted {
 public:
  counted() noexcept = default;
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

  void add_ref() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 protected:
  virtual ~counted() = default;

 private:
  mutable std::atomic<std::uint32_t> count_{0};
};

}  // namespace offstage
