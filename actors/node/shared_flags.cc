#include "actors/node/shared_flags.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "actors/node/futex.h"

namespace offstage {
namespace {

constexpr std::size_t size_bytes = shared_flags::flag_count * sizeof(std::uint32_t);

shared_flags* inherited = nullptr;

}  // namespace

shared_flags& shared_flags::own() {
  // Never destroyed: events may outlive every context.
  static auto* const instance =
      new shared_flags(std::make_unique<shared_memory>("offstage-flags", size_bytes));
  return *instance;
}

shared_flags* shared_flags::parents() noexcept { return inherited; }

void shared_flags::inherit(descriptor flags) {
  inherited = new shared_flags(std::make_unique<shared_memory>(std::move(flags), size_bytes));
}

std::uint32_t shared_flags::take() {
  sync::lock held(mutex_);
  std::uint32_t out;
  if (!free_.empty()) {
    out = free_.back();
    free_.pop_back();
  } else if (used_ < flag_count) {
    out = used_++;
  } else {
    throw std::system_error(ENOSPC, std::generic_category(),
                            "parallel_context::make_event: all " + std::to_string(flag_count) +
                                " events of this process are in use");
  }
  at(out) = 0;
  return out;
}

void shared_flags::give_back(std::uint32_t index) noexcept {
  sync::lock held(mutex_);
  free_.push_back(index);
}

void shared_flags::set(std::uint32_t index) noexcept {
  at(index) = 1;
  futex_wake(at(index));
}

void shared_flags::clear(std::uint32_t index) noexcept { at(index) = 0; }

bool shared_flags::is_set(std::uint32_t index) const noexcept { return at(index) == 1; }

bool shared_flags::wait(std::uint32_t index,
                        std::optional<std::chrono::nanoseconds> limit) const noexcept {
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  while (!is_set(index)) {
    std::optional<std::chrono::nanoseconds> left;
    if (limit) {
      left = *limit - (clock::now() - begin);
      if (*left <= std::chrono::nanoseconds(0)) return is_set(index);
    }
    futex_wait(at(index), 0, left);
  }
  return true;
}

std::atomic<std::uint32_t>& shared_flags::at(std::uint32_t index) const noexcept {
  return static_cast<std::atomic<std::uint32_t>*>(memory_->data())[index];
}

}  // namespace offstage
