#include "actors/loop/affinity.h"

#include <fmt/core.h>
#include <unistd.h>

#include "actors/errors/errors.h"

namespace offstage {
namespace {

thread_local const affinity::scope* innermost = nullptr;

// Its address is different in every thread that is alive.
thread_local const char identity = 0;

const void* this_thread() { return &identity; }

}  // namespace

affinity::affinity(binding how) noexcept {
  if (how == binding::this_thread) {
    thread_ = this_thread();
    thread_number_ = gettid();
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
  auto expected = thread_ == nullptr ? std::string("its loop's sequence")
                                     : fmt::format("its loop's thread {}", thread_number_);
  throw wrong_sequence(fmt::format("{} must be called at home: expected {}, found thread {}", call,
                                   expected, gettid()));
}

affinity::scope::scope(const affinity& home) noexcept : home_(home), outer_(innermost) {
  innermost = this;
}

affinity::scope::~scope() { innermost = outer_; }

}  // namespace offstage
