#include "actors/node/reactor.h"

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <map>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/log/log.h"
#include "actors/node/child_process.h"
#include "actors/node/signals.h"
#include "actors/sync/mutex.h"

namespace offstage {
namespace {

constexpr int pause_milliseconds = 10;

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

descriptor require(int number, const char* what) {
  if (number < 0) fail(errno, what);
  return descriptor(number);
}

// What is called handles its own errors. What comes through nevertheless, such as a lack of memory,
// is no reason to end the application.
template <class Function, class... Args>
void attempt(Function& function, Args... args) noexcept {
  try {
    function(args...);
    return;
  } catch (const std::exception& error) {
    log::line(log_room::node, log_level::error, "what was to be done for a worker failed: {}",
              error.what());
  } catch (...) {
    log::write(log_room::node, log_level::error, "what was to be done for a worker failed");
  }
  // It may be called again at once.
  ::poll(nullptr, 0, pause_milliseconds);
}

}  // namespace

struct reactor::state {
  using ready_function = std::function<void(std::uint32_t)>;

  const descriptor poll{require(epoll_create1(EPOLL_CLOEXEC), "reactor: epoll_create1")};
  const descriptor bell{require(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "reactor: eventfd")};
  sync::mutex mutex;
  bool stopping OFFSTAGE_GUARDED_BY(mutex) = false;
  std::unordered_map<int, std::shared_ptr<ready_function>> watched OFFSTAGE_GUARDED_BY(mutex);
  std::vector<std::function<void()>> posted OFFSTAGE_GUARDED_BY(mutex);
  std::multimap<clock::time_point, std::function<void()>> due OFFSTAGE_GUARDED_BY(mutex);

  state() {
    if (control(EPOLL_CTL_ADD, bell.get(), EPOLLIN) != 0) fail(errno, "reactor: epoll_ctl");
  }

  int control(int what, int number, std::uint32_t events) const noexcept {
    epoll_event event{};
    event.events = events;
    event.data.fd = number;
    return epoll_ctl(poll.get(), what, number, &event);
  }

  void wake() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(bell.get(), &one, sizeof one);
  }

  void run(const char* name) OFFSTAGE_EXCLUDES(mutex);
  void run_due() OFFSTAGE_EXCLUDES(mutex);
  int milliseconds_left() OFFSTAGE_EXCLUDES(mutex);
  bool stops() OFFSTAGE_EXCLUDES(mutex);
  void stop() OFFSTAGE_EXCLUDES(mutex);
  void let_go() OFFSTAGE_EXCLUDES(mutex);
};

reactor::reactor(const char* thread_name) : shared_(std::make_shared<state>()) {
  thread_ = std::thread([shared = shared_, thread_name] {
    shared->run(thread_name);
    shared->let_go();
  });
}

reactor::~reactor() {
  shared_->stop();
  if (here()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void reactor::watch(int number, std::uint32_t events, std::function<void(std::uint32_t)> ready) {
  auto watched = std::make_shared<state::ready_function>(std::move(ready));
  const auto shared = shared_;
  {
    sync::lock held(shared->mutex);
    shared->watched[number].swap(watched);
  }
  if (shared->control(EPOLL_CTL_ADD, number, events) == 0) return;
  const int error = errno;
  forget(number);
  fail(error, "worker process: a descriptor cannot be watched: epoll_ctl");
}

int reactor::watch_for(int number, std::uint32_t events) noexcept {
  if (shared_->control(EPOLL_CTL_MOD, number, events) == 0) return 0;
  return errno == ENOENT || errno == EBADF ? 0 : errno;
}

void reactor::forget(int number) {
  shared_->control(EPOLL_CTL_DEL, number, 0);
  std::shared_ptr<state::ready_function> gone;
  sync::lock held(shared_->mutex);
  const auto found = shared_->watched.find(number);
  if (found == shared_->watched.end()) return;
  gone = std::move(found->second);
  shared_->watched.erase(found);
}

void reactor::post(std::function<void()> function) {
  // The function may destroy this object before this call has returned.
  const auto shared = shared_;
  {
    sync::lock held(shared->mutex);
    shared->posted.push_back(std::move(function));
  }
  shared->wake();
}

void reactor::call_at(clock::time_point when, std::function<void()> function) {
  const auto shared = shared_;
  const bool inside = here();
  {
    sync::lock held(shared->mutex);
    shared->due.emplace(when, std::move(function));
  }
  if (!inside) shared->wake();
}

void reactor::state::stop() {
  {
    sync::lock held(mutex);
    stopping = true;
  }
  wake();
}

// What was never called is destroyed without the lock: it holds nodes, and they hold tasks.
void reactor::state::let_go() {
  decltype(watched) last_watched;
  decltype(posted) last_posted;
  decltype(due) last_due;
  sync::lock held(mutex);
  last_watched.swap(watched);
  last_posted.swap(posted);
  last_due.swap(due);
}

void reactor::state::run(const char* name) {
  pthread_setname_np(pthread_self(), name);
  leave_signals_to_others();
  for (;;) {
    std::array<epoll_event, 32> events;
    const int got = epoll_wait(poll.get(), events.data(), events.size(), milliseconds_left());
    for (int i = 0; i < got; ++i) {
      if (events[i].data.fd == bell.get()) {
        std::uint64_t count;
        [[maybe_unused]] auto taken = ::read(bell.get(), &count, sizeof count);
        continue;
      }
      std::shared_ptr<ready_function> ready;
      {
        sync::lock held(mutex);
        if (stopping) return;
        const auto found = watched.find(events[i].data.fd);
        if (found != watched.end()) ready = found->second;
      }
      if (ready) attempt(*ready, events[i].events);
    }
    run_due();
    if (stops()) return;
  }
}

void reactor::state::run_due() {
  for (;;) {
    std::vector<std::function<void()>> now;
    {
      sync::lock held(mutex);
      if (stopping) return;
      now.swap(posted);
      while (!due.empty() && due.begin()->first <= clock::now()) {
        now.push_back(std::move(due.begin()->second));
        due.erase(due.begin());
      }
    }
    if (now.empty()) return;
    for (auto& each : now) {
      // One of them may have ended the reactor.
      if (stops()) return;
      attempt(each);
    }
  }
}

bool reactor::state::stops() {
  sync::lock held(mutex);
  return stopping;
}

int reactor::state::milliseconds_left() {
  sync::lock held(mutex);
  if (stopping || !posted.empty()) return 0;
  if (due.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due.begin()->first - clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60000));
}

}  // namespace offstage
