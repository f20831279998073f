#include "actors/loop/affinity.h"

#include <fmt/core.h>
#include <unistd.h>

#include <atomic>

#include "actors/errors/errors.h"

namespace offstage {
namespace {

thread_local const affinity::scope* innermost = nullptr;

std::atomic<std::uint64_t> last_number{0};

// A number that no other thread of this process has or had, unlike the address of something in a
// thread, or the kernel's number of one.
std::uint64_t this_thread() noexcept {
  static thread_local constinit std::uint64_t number = 0;
  if (number == 0) number = last_number.fetch_add(1, std::memory_order_relaxed) + 1;
  return number;
}

}  // namespace

affinity::affinity(binding how) noexcept {
  if (how == binding::this_thread) {
    thread_ = this_thread();
    kernel_number_ = gettid();
  }
}

bool affinity::here() const noexcept {
  if (thread_ == this_thread()) return true;
  for (const auto* at = innermost; at != nullptr; at = at->outer_) {
    if (&at->home_ == this) return true;
  }
  return inside_ && inside_();
}

void affinity::refuse(std::string_view call) const {
  auto expected = thread_ == 0 ? std::string("its loop's sequence")
                               : fmt::format("its loop's thread {}", kernel_number_);
  throw wrong_sequence(fmt::format("{} must be called at home: expected {}, found thread {}", call,
                                   expected, gettid()));
}

affinity::scope::scope(const affinity& home) noexcept : home_(home), outer_(innermost) {
  innermost = this;
}

affinity::scope::~scope() { innermost = outer_; }

}  // namespace offstage
