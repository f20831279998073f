#include "actors/task/credit.h"

namespace offstage {

bool credit::spend(std::size_t bytes) {
  if (producer_ != nullptr) return producer_->spend(bytes);
  if (used_up()) {
    sync::lock lock(mutex_);
    held_ = true;
    while (!half_free() && !released_) free_again_.wait(lock);
    held_ = false;
  }
  return overdraw(bytes);
}

bool credit::overdraw(std::size_t bytes) noexcept {
  if (released_.load(std::memory_order_relaxed)) return false;
  messages_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

void credit::repay(std::size_t bytes) noexcept {
  if (producer_ != nullptr) return;  // Only sent; the other end repays.
  if (consumed_elsewhere_.load(std::memory_order_relaxed)) {
    sync::lock lock(mutex_);
    if (consumer_ != nullptr) consumer_->repay(bytes);
  }
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  // Sequentially consistent, as in spend: either this sees that the producer is held, or the
  // producer sees what was repaid.
  messages_.fetch_sub(1);
  if (held_ && half_free()) {
    sync::lock lock(mutex_);
    free_again_.notify_one();
  }
}

void credit::consume_through(credit_link* link) noexcept {
  sync::lock lock(mutex_);
  consumer_ = link;
  consumed_elsewhere_ = link != nullptr;
}

void credit::release() noexcept {
  released_ = true;
  sync::lock lock(mutex_);
  free_again_.notify_one();
}

bool credit::used_up() const noexcept {
  return messages_.load(std::memory_order_relaxed) >= messages_max ||
         bytes_.load(std::memory_order_relaxed) >= bytes_max;
}

bool credit::half_free() const noexcept {
  return messages_ <= messages_max / 2 && bytes_ <= bytes_max / 2;
}

}  // namespace offstage
