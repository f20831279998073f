#include "actors/context/context_users.h"

#include <algorithm>
#include <string>

#include "actors/errors/errors.h"

namespace offstage {

void context_users::enter(const std::shared_ptr<client>& who) {
  sync::lock held(mutex_);
  if (closed_) throw context_closed("executor: expected an open context, found a closed one");
  present_.emplace_back(who.get(), who);
}

void context_users::leave(const client& who) noexcept {
  sync::lock held(mutex_);
  std::erase_if(present_, [&](const auto& each) { return each.first == &who; });
}

bool context_users::begin_end(const client& who) noexcept {
  sync::lock held(mutex_);
  if (std::ranges::find(being_ended_, &who) != being_ended_.end()) return false;
  being_ended_.push_back(&who);
  return true;
}

void context_users::end_is_over(const client& who) noexcept {
  sync::lock held(mutex_);
  std::erase(being_ended_, &who);
  end_is_over_.notify_all();
}

void context_users::await_end(const client& who,
                              std::chrono::steady_clock::time_point until) noexcept {
  sync::lock held(mutex_);
  while (std::ranges::find(being_ended_, &who) != being_ended_.end()) {
    if (!end_is_over_.wait_until(held, until)) return;
  }
}

bool context_users::close() {
  sync::lock held(mutex_);
  if (closed_) return false;
  if (!present_.empty()) {
    throw context_in_use("parallel_context::close: expected no running executor, found " +
                         std::to_string(present_.size()));
  }
  closed_ = true;
  return true;
}

bool context_users::closed() const noexcept {
  sync::lock held(mutex_);
  return closed_;
}

bool context_users::close_for(clients& told) noexcept {
  sync::lock held(mutex_);
  told.swap(present_);
  return !std::exchange(closed_, true);
}

void context_users::gone() noexcept {
  sync::lock held(mutex_);
  whose_ = nullptr;
  while (calls_ != 0) calls_ended_.wait(held);
}

context_users::call context_users::use(const char* what) {
  sync::lock held(mutex_);
  if (whose_ == nullptr) {
    throw context_closed(std::string(what) + ": expected a context, found it gone");
  }
  ++calls_;
  return {*this, whose_};
}

context_users::call::~call() {
  if (users_ == nullptr) return;
  sync::lock held(users_->mutex_);
  if (--users_->calls_ == 0) users_->calls_ended_.notify_all();
}

void context_users::warm_up() {
  sync::lock held(mutex_);
  if (warm_.load(std::memory_order_relaxed)) return;
  warm_in_ = sync::process_mark();
  warm_.store(true, std::memory_order_release);
}

}  // namespace offstage
