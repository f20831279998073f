#include "actors/node/reactor.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace offstage {
namespace {

descriptor require(int number, const char* what) {
  if (number < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor(number);
}

}  // namespace

reactor::reactor(const char* thread_name)
    : poll_(require(epoll_create1(EPOLL_CLOEXEC), "reactor: epoll_create1")),
      wake_(require(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "reactor: eventfd")) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_.get();
  epoll_ctl(poll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
  thread_ = std::thread([this, thread_name] { run(thread_name); });
}

reactor::~reactor() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
}

void reactor::watch(int number, std::uint32_t events, std::function<void(std::uint32_t)> ready) {
  {
    std::lock_guard lock(mutex_);
    watched_[number] = std::make_shared<std::function<void(std::uint32_t)>>(std::move(ready));
  }
  epoll_event event{};
  event.events = events;
  event.data.fd = number;
  epoll_ctl(poll_.get(), EPOLL_CTL_ADD, number, &event);
}

void reactor::watch_for(int number, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = number;
  epoll_ctl(poll_.get(), EPOLL_CTL_MOD, number, &event);
}

void reactor::forget(int number) {
  epoll_ctl(poll_.get(), EPOLL_CTL_DEL, number, nullptr);
  std::shared_ptr<std::function<void(std::uint32_t)>> gone;
  std::lock_guard lock(mutex_);
  const auto found = watched_.find(number);
  if (found == watched_.end()) return;
  gone = std::move(found->second);
  watched_.erase(found);
}

void reactor::post(std::function<void()> function) {
  {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(function));
  }
  wake();
}

void reactor::call_at(clock::time_point when, std::function<void()> function) {
  {
    std::lock_guard lock(mutex_);
    due_.emplace(when, std::move(function));
  }
  if (!here()) wake();
}

void reactor::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_.get(), &one, sizeof one);
}

void reactor::run(const char* name) {
  pthread_setname_np(pthread_self(), name);
  // Signals are for the application's own threads.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    std::array<epoll_event, 32> events;
    const int got = epoll_wait(poll_.get(), events.data(), events.size(), milliseconds_left());
    for (int i = 0; i < got; ++i) {
      if (events[i].data.fd == wake_.get()) {
        std::uint64_t count;
        [[maybe_unused]] auto taken = ::read(wake_.get(), &count, sizeof count);
        continue;
      }
      std::shared_ptr<std::function<void(std::uint32_t)>> ready;
      {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
        const auto found = watched_.find(events[i].data.fd);
        if (found != watched_.end()) ready = found->second;
      }
      if (ready) (*ready)(events[i].events);
    }
    run_due();
    std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

void reactor::run_due() {
  for (;;) {
    std::vector<std::function<void()>> now;
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      now.swap(posted_);
      while (!due_.empty() && due_.begin()->first <= clock::now()) {
        now.push_back(std::move(due_.begin()->second));
        due_.erase(due_.begin());
      }
    }
    if (now.empty()) return;
    for (auto& each : now) each();
  }
}

int reactor::milliseconds_left() {
  std::lock_guard lock(mutex_);
  if (stopping_ || !posted_.empty()) return 0;
  if (due_.empty()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(due_.begin()->first - clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60000));
}

}  // namespace offstage
