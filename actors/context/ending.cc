#include "actors/context/ending.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace offstage {
namespace {

// A wait that is shorter says nothing about what follows.
constexpr std::chrono::milliseconds noticed{10};

// The newest row of those that a turn has ended, by number modulo the size. A row whose place was
// taken by another one goes on, until its thread begins something new.
constinit std::array<std::atomic<std::uint64_t>, 64> over{};

constinit std::atomic<std::uint64_t> last_number{0};

std::atomic<std::uint64_t>& place_of(std::uint64_t row) noexcept { return over[row % over.size()]; }

// Of a thread. Without a destructor, since executors may be destroyed when the thread's own objects
// are gone.
struct row_of_endings {
  const ending* first = nullptr;
  const ending* innermost = nullptr;
  std::chrono::nanoseconds spent{0};
  std::uint64_t number = 0;  // 0: it has not begun.
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
  here.first = this;
  if (here.number != 0 && place_of(here.number).load(std::memory_order_relaxed) == here.number) {
    begin_anew();
  }
  until_ = begin_ + std::max<std::chrono::nanoseconds>(time - here.spent, {});
  force_at_ = begin_ + std::max<std::chrono::nanoseconds>(time - force_time - here.spent, {});
}

ending::~ending() {
  here.innermost = outer_;
  if (outer_ != nullptr) return;
  here.first = nullptr;
  here.spent += clock::now() - begin_;
}

bool ending::has_waited() noexcept {
  // The first of those under way counts when it ends.
  const auto now = here.first == nullptr ? clock::duration(0) : clock::now() - here.first->begin_;
  return here.spent + now >= noticed;
}

void ending::begin_anew() noexcept {
  here.spent = {};
  here.number = 0;
}

std::uint64_t ending::row() noexcept {
  if (here.number == 0) here.number = last_number.fetch_add(1, std::memory_order_relaxed) + 1;
  return here.number;
}

void ending::turned(std::uint64_t row) noexcept {
  place_of(row).store(row, std::memory_order_relaxed);
}

}  // namespace offstage
