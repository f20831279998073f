#include "actors/loop/manual_loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace offstage {

manual_loop::manual_loop()
    : loop(affinity::binding::this_thread), event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw std::system_error(errno, std::generic_category(), "manual_loop: eventfd");
}

manual_loop::~manual_loop() {
  close();
  ::close(event_);
}

void manual_loop::wake() noexcept {
  // A signal handler may call this: the caller's errno is not ours to change.
  const int before = errno;
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then a wake-up is under way already.
  [[maybe_unused]] auto written = ::write(event_, &one, sizeof one);
  errno = before;
}

void manual_loop::run() {
  require_home("manual_loop::run");
  const std::function<bool()> until = [this] { return quit_.load(std::memory_order_relaxed); };
  while (!until()) {
    wait(std::nullopt);
    dispatch(&until);
  }
  quit_.store(false, std::memory_order_relaxed);
}

void manual_loop::quit() noexcept {
  quit_.store(true, std::memory_order_relaxed);
  wake();
}

bool manual_loop::run_until(const std::function<bool()>& done, timeout limit) {
  require_home("manual_loop::run_until");
  const auto end = deadline_after(limit);
  if (done()) return true;
  for (;;) {
    wait(end);
    if (dispatch(&done) || done()) return true;
    if (passed(end)) return false;
  }
}

void manual_loop::wait(deadline end) {
  timespec left{};
  if (end) {
    const auto now = std::chrono::steady_clock::now();
    const auto rest = *end > now ? *end - now : std::chrono::nanoseconds(0);
    left.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(rest).count();
    left.tv_nsec = (rest % std::chrono::seconds(1)).count();
  }
  pollfd event{event_, POLLIN, 0};
  // Interrupted by a signal counts as a wake-up: the caller asks its condition again.
  if (::ppoll(&event, 1, end ? &left : nullptr, nullptr) <= 0) return;
  std::uint64_t count;
  [[maybe_unused]] auto taken = ::read(event_, &count, sizeof count);
}

}  // namespace offstage
