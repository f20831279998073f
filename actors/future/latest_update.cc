#include "actors/future/latest_update.h"

#include <utility>

namespace offstage {

// What an update carries: it takes the newest value when somebody looks for the first time. Copies
// of the update share it, so that several threads may look.
class undelivered_latest::carrier final : public value_carrier {
 public:
  carrier(std::shared_ptr<undelivered_latest> from, value_carrier& like)
      : from_(std::move(from)), type_(like.type()), value_type_(like.value_type()) {}

  // The subscriber never looked; the next value travels with an update of its own.
  ~carrier() override { take(); }

  void* value() noexcept override {
    take();
    return static_cast<value_carrier&>(*taken_).value();
  }
  const std::type_info& type() const noexcept override { return type_; }
  std::string_view value_type() const noexcept override { return value_type_; }

 private:
  void take() noexcept {
    sync::lock held(from_->mutex_);
    // Nothing changes once it is there, so it is read without the mutex afterwards.
    if (!taken_) taken_ = std::move(from_->newest_);
  }

  const std::shared_ptr<undelivered_latest> from_;
  const std::type_info& type_;
  const std::string_view value_type_;  // Lives as long as the program.
  ref<attachment> taken_;              // Under the mutex of `from_` until it is there.
};

ref<attachment> undelivered_latest::put(const ref<attachment>& newest) {
  // What was replaced is destroyed after the mutex was released.
  if (exchange(newest)) return nullptr;
  try {
    return ref<attachment>(new carrier(shared_from_this(), static_cast<value_carrier&>(*newest)));
  } catch (...) {
    exchange(nullptr);
    throw;
  }
}

ref<attachment> undelivered_latest::exchange(ref<attachment> by) {
  sync::lock held(mutex_);
  std::swap(by, newest_);
  return by;
}

}  // namespace offstage
