#include "examples/digest_tree/interruption.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <thread>

namespace digest_tree {
namespace {

// A signal handler has nothing but globals.
std::atomic<int> first_signal{0};
std::atomic<int> handlers_running{0};
std::atomic<offstage::loop*> woken{nullptr};
std::atomic<int> event{-1};

void on_signals(void (*action)(int)) {
  struct sigaction how {};
  how.sa_handler = action;
  ::sigaction(SIGINT, &how, nullptr);
  ::sigaction(SIGTERM, &how, nullptr);
}

// Everything here is async-signal-safe, `wake` too.
void hear(int number) {
  ++handlers_running;
  const int error_before = errno;
  on_signals(SIG_DFL);
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(event, &one, sizeof one);
  if (auto* home = woken.load()) home->wake();
  errno = error_before;
  --handlers_running;
}

}  // namespace

interruption::interruption(offstage::loop& home) {
  event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  first_signal = 0;
  woken = &home;
  on_signals(hear);
}

interruption::~interruption() {
  on_signals(SIG_DFL);
  woken = nullptr;
  // The handler may be in the middle of its work in another thread.
  while (handlers_running != 0) std::this_thread::yield();
  ::close(event);
}

int interruption::signal() const noexcept { return first_signal; }

int interruption::descriptor() const noexcept { return event; }

}  // namespace digest_tree
