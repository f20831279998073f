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

std::string open_futures::text() const {
  constexpr std::size_t named_max = 8;
  std::string out;
  std::size_t named = 0;
  for (auto* at = first_; at != nullptr && named < named_max; at = at->next_, ++named) {
    if (named != 0) out += named + 1 == size_ ? " and " : ", ";
    out += std::to_string(at->id());
  }
  if (named < size_) out += " and " + std::to_string(size_ - named) + " more";
  return out;
}

}  // namespace offstage
