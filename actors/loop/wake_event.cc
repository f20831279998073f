#include "actors/loop/wake_event.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace offstage {

wake_event::wake_event(in_copies copies)
    : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), copies_(copies) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "a loop's eventfd");
}

wake_event::~wake_event() { ::close(descriptor_); }

void wake_event::signal() noexcept {
  // A signal handler may call this: the caller's errno is not ours to change.
  const int before = errno;
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then a wake-up is under way already. As a bare call it
  // takes no notice of pthread_cancel, which would end the process here.
  [[maybe_unused]] auto written = ::syscall(SYS_write, descriptor_, &one, sizeof one);
  errno = before;
}

// Readable at first, since what was signalled in this process before went to the other one's.
void wake_event::be_of_this_process() noexcept {
  if (copies_ == in_copies::shared || process_.is_this()) return;
  const int own = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
  if (own < 0) return;  // Tried again the next time.
  if (::dup3(own, descriptor_, O_CLOEXEC) >= 0) process_ = sync::process_mark();
  ::close(own);
}

void wake_event::clear() noexcept {
  be_of_this_process();
  std::uint64_t count;
  [[maybe_unused]] auto taken = ::read(descriptor_, &count, sizeof count);
}

void wake_event::wait(deadline end) noexcept {
  be_of_this_process();
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
