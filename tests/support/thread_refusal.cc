#include "tests/support/thread_refusal.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

namespace offstage::testing {
namespace {

std::atomic<int> asked{0};
std::atomic<int> refused_count{0};
std::atomic<int> until_first{-1};  // How many are granted before; less than 0: none is refused.
std::atomic<int> left{0};

bool is_refused() {
  ++asked;
  if (until_first < 0) return false;
  if (until_first > 0) {
    --until_first;
    return false;
  }
  if (left == 0) return false;
  if (left > 0) --left;
  ++refused_count;
  return true;
}

}  // namespace

thread_refusal::thread_refusal(which refused) {
  refused_count = 0;
  left = refused.count;
  until_first = refused.first - 1;
}

thread_refusal::~thread_refusal() { until_first = -1; }

int thread_refusal::refused() const { return refused_count; }

int threads_asked_for() { return asked; }

}  // namespace offstage::testing

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) {
  using function = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_create"));
  if (offstage::testing::is_refused()) return EAGAIN;
  return real(thread, attributes, start, argument);
}
