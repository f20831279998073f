#include "actors/loop/wake_event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace offstage {

wake_event::wake_event() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "a loop's eventfd");
}

wake_event::~wake_event() { ::close(descriptor_); }

void wake_event::signal() noexcept {
  // A signal handler may call this: the caller's errno is not ours to change.
  const int before = errno;
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then a wake-up is under way already.
  [[maybe_unused]] auto written = ::write(descriptor_, &one, sizeof one);
  errno = before;
}

void wake_event::clear() noexcept {
  std::uint64_t count;
  [[maybe_unused]] auto taken = ::read(descriptor_, &count, sizeof count);
}

void wake_event::wait(deadline end) noexcept {
  timespec left{};
  if (end) {
    const auto now = std::chrono::steady_clock::now();
    const auto rest = *end > now ? *end - now : std::chrono::nanoseconds(0);
    left.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(rest).count();
    left.tv_nsec = (rest % std::chrono::seconds(1)).count();
  }
  pollfd event{descriptor_, POLLIN, 0};
  // Interrupted by a signal counts as a wake-up: the caller asks its condition again.
  if (::ppoll(&event, 1, end ? &left : nullptr, nullptr) > 0) clear();
}

}  // namespace offstage
