#include "actors/context/ending.h"

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace offstage {
namespace {

// A wait that is shorter says nothing about what follows.
constexpr std::chrono::milliseconds noticed{10};

// How often a row of endings was broken off by a turn.
constinit std::atomic<std::uint64_t> turns{0};

// Of a thread. Without a destructor, since executors may be destroyed when the thread's own objects
// are gone.
struct row_of_endings {
  const ending* innermost = nullptr;
  std::chrono::nanoseconds spent{0};
  std::uint64_t turn = 0;
};

thread_local constinit row_of_endings here;

}  // namespace

ending::ending() noexcept : outer_(here.innermost) {
  here.innermost = this;
  if (outer_ != nullptr) {
    until_ = outer_->until_;
    force_at_ = outer_->force_at_;
    return;
  }
  const auto turn = turns.load(std::memory_order_relaxed);
  if (here.turn != turn) here.spent = {};
  here.turn = turn;
  until_ = begin_ + std::max<std::chrono::nanoseconds>(time - here.spent, {});
  force_at_ = begin_ + std::max<std::chrono::nanoseconds>(time - force_time - here.spent, {});
}

ending::~ending() {
  here.innermost = outer_;
  if (outer_ == nullptr) here.spent += clock::now() - begin_;
}

bool ending::has_waited() noexcept { return here.spent >= noticed; }

void ending::begin_anew() noexcept { here.spent = {}; }

void ending::turned() noexcept { turns.fetch_add(1, std::memory_order_relaxed); }

}  // namespace offstage
