// The loop for other loops, in a small one of epoll and timerfd.

#include "actors/loop/fd/fd_loop.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "tests/contract/home_rows.h"
#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

// An event loop as somebody might have written it for a program of their own.
class epoll_home {
 public:
  using loop_type = fd_loop;
  static constexpr bool any_thread = true;
  static constexpr bool nests = true;
  static constexpr bool goes_on = false;
  static constexpr bool outlived = true;

  class timer {
   public:
    timer(epoll_home& of, std::chrono::nanoseconds interval, std::function<void()> call)
        : of_(of), call_(std::move(call)) {
      const itimerspec time{as_timespec(interval), as_timespec(interval)};
      timerfd_settime(fd_, 0, &time, nullptr);
      of_.watch(fd_, [this] {
        std::uint64_t times;
        if (read(fd_, &times, sizeof times) > 0) call_();
      });
    }
    ~timer() {
      of_.forget(fd_);
      close(fd_);
    }
    timer(const timer&) = delete;

   private:
    static timespec as_timespec(std::chrono::nanoseconds of) {
      const auto whole = std::chrono::floor<std::chrono::seconds>(of);
      return {whole.count(), (of - whole).count()};
    }

    epoll_home& of_;
    std::function<void()> call_;
    int fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  };

  epoll_home() = default;
  epoll_home(const epoll_home&) = delete;
  ~epoll_home() { close(epoll_); }

  std::unique_ptr<fd_loop> make_loop() {
    auto made = std::make_unique<fd_loop>();
    watch(made->descriptor(), [loop = made.get()] { loop->dispatch(); });
    return made;
  }

  void run(std::chrono::nanoseconds limit) {
    const timer end(*this, limit, [this] { quit(); });
    const int depth = ++running_;
    while (running_ == depth) {
      epoll_event event;
      if (epoll_wait(epoll_, &event, 1, -1) == 1) calls_[event.data.fd]();
    }
  }
  void quit() { --running_; }

  std::unique_ptr<timer> every(std::chrono::milliseconds interval, std::function<void()> call) {
    return std::make_unique<timer>(*this, interval, std::move(call));
  }

 private:
  void watch(int fd, std::function<void()> call) {
    epoll_event event{EPOLLIN, {.fd = fd}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    if (calls_.size() <= static_cast<std::size_t>(fd)) calls_.resize(fd + 1);
    calls_[fd] = std::move(call);
  }
  void forget(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::function<void()>> calls_;
  int running_ = 0;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Fd, LoopRows, epoll_home);
INSTANTIATE_TYPED_TEST_SUITE_P(Fd, HomeRows, epoll_home);

bool readable(int fd) {
  pollfd event{fd, POLLIN, 0};
  return poll(&event, 1, 0) == 1;
}

TEST(FdLoopTest, IsReadableWhileSomethingWaits) {
  fd_loop loop;
  EXPECT_FALSE(readable(loop.descriptor()));
  int called = 0;
  for (int i = 0; i < 3; ++i) loop.call_soon([&] { ++called; });
  EXPECT_TRUE(readable(loop.descriptor()));
  loop.set_turn_budget(std::chrono::nanoseconds(1));
  loop.dispatch();
  EXPECT_EQ(called, 1);
  EXPECT_TRUE(readable(loop.descriptor()));
  loop.dispatch();
  loop.dispatch();
  EXPECT_EQ(called, 3);
  EXPECT_FALSE(readable(loop.descriptor()));
}

TEST(FdLoopTest, DispatchesAtHomeOnlyAndNeverWaits) {
  fd_loop loop;
  loop.dispatch();
  std::thread([&] { EXPECT_THROW(loop.dispatch(), wrong_sequence); }).join();
}

// A loop of frames that never looks at the descriptor.
TEST(FdLoopTest, ServesALoopOfFrames) {
  fd_loop loop;
  executor user{loop};
  auto future = submit_call(user, twice, 21);
  while (!future.done()) loop.dispatch();
  EXPECT_EQ(future.result(), 42);
}

}  // namespace
}  // namespace offstage::contract
