#include "actors/executor/open_futures.h"

namespace offstage {

open_futures::~open_futures() {
  while (first_ != nullptr) remove(*first_);
}

void open_futures::add(ref<future_core> future) noexcept {
  auto* const added = future.leak();
  added->listed_ = true;
  added->previous_ = last_;
  (last_ != nullptr ? last_->next_ : first_) = added;
  last_ = added;
  ++size_;
}

bool open_futures::remove(future_core& future) noexcept {
  if (!future.listed_) return false;
  future.listed_ = false;
  (future.previous_ != nullptr ? future.previous_->next_ : first_) = future.next_;
  (future.next_ != nullptr ? future.next_->previous_ : last_) = future.previous_;
  future.previous_ = future.next_ = nullptr;
  --size_;
  future.release();
  return true;
}

std::vector<ref<future_core>> open_futures::snapshot() const {
  std::vector<ref<future_core>> out;
  out.reserve(size_);
  for (auto* at = first_; at != nullptr; at = at->next_) out.emplace_back(at);
  return out;
}

}  // namespace offstage
