#include "tests/support/call_refusal.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>

namespace offstage::testing {
namespace {

constexpr int none = -1;

std::atomic<int> signal_error{none};
std::atomic<int> signals_refused{0};
std::atomic<int> watches_left{none};  // Before the one that is refused.
std::atomic<bool> watch_refused{false};

bool refuses_watch() {
  if (watches_left == none || watches_left-- != 0) return false;
  watch_refused = true;
  return true;
}

}  // namespace

signal_refusal::signal_refusal(int error) {
  signals_refused = 0;
  signal_error = error;
}

signal_refusal::~signal_refusal() { signal_error = none; }

int signal_refusal::refused() const { return signals_refused; }

watch_refusal::watch_refusal(int granted_before) {
  watch_refused = false;
  watches_left = granted_before;
}

watch_refusal::~watch_refusal() { watches_left = none; }

bool watch_refusal::refused() const { return watch_refused; }

}  // namespace offstage::testing

extern "C" long syscall(long number, ...) noexcept {
  using function = long (*)(long, ...);
  static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "syscall"));
  va_list arguments;
  va_start(arguments, number);
  long given[6];
  for (auto& each : given) each = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_pidfd_send_signal) {
    if (const int error = offstage::testing::signal_error; error != offstage::testing::none) {
      ++offstage::testing::signals_refused;
      errno = error;
      return error == 0 ? 0 : -1;
    }
  }
  return real(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

extern "C" int epoll_ctl(int poll, int what, int number, epoll_event* event) noexcept {
  using function = int (*)(int, int, int, epoll_event*);
  static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "epoll_ctl"));
  if (what == EPOLL_CTL_ADD && offstage::testing::refuses_watch()) {
    errno = ENOSPC;
    return -1;
  }
  return real(poll, what, number, event);
}
