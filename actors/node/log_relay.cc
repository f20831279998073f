#include "actors/node/log_relay.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <future>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "actors/node/child_process.h"
#include "actors/node/signals.h"
#include "actors/sync/mutex.h"
#include "messages/log_message.h"
#include "messages/payload.h"

namespace offstage {
namespace {

constexpr int records_per_turn = 256;  // Of one ring; then it is the next one's turn.
constexpr std::size_t own_max = 1024;
// Of processes that have ended and whose rings wait for a sink that takes long.
constexpr std::size_t ended_max = 16;

struct own_record {
  log_record record;
  std::string text;
};

struct source {
  std::shared_ptr<log_ring> ring;
  int process = 0;
  std::function<void(const std::string&)> malformed;  // Empty once it was called.
  // Guarded by the relay's mutex.
  bool ended = false;
  bool empty = false;  // When it was read last; it had ended before.
};

descriptor make_bell() {
  // Both ends may wait: the reader does, and the writers never have to.
  descriptor out(::eventfd(0, EFD_CLOEXEC));
  if (!out) throw std::system_error(errno, std::generic_category(), "worker process: eventfd");
  return out;
}

}  // namespace

struct log_relay::state {
  const descriptor bell = make_bell();
  std::promise<void> done;

  sync::mutex mutex;
  std::vector<std::shared_ptr<source>> sources OFFSTAGE_GUARDED_BY(mutex);
  const source* in_service OFFSTAGE_GUARDED_BY(mutex) = nullptr;
  std::deque<own_record> own OFFSTAGE_GUARDED_BY(mutex);
  std::uint64_t own_dropped OFFSTAGE_GUARDED_BY(mutex) = 0;
  // Records of processes that have ended.
  std::uint64_t discarded OFFSTAGE_GUARDED_BY(mutex) = 0;
  bool stopping OFFSTAGE_GUARDED_BY(mutex) = false;

  void ring() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(bell.get(), &one, sizeof one);
  }

  // Nothing is read there any more.
  void give_up(source& from, const std::string& why) OFFSTAGE_EXCLUDES(mutex) {
    const auto complain = std::exchange(from.malformed, nullptr);
    {
      sync::lock held(mutex);
      if (stopping) return;
    }
    complain(why);
  }

  // Returns true if there may be more.
  bool serve(source& from, bool ended) OFFSTAGE_EXCLUDES(mutex);
  bool serve_all() OFFSTAGE_EXCLUDES(mutex);
  void give_own() OFFSTAGE_EXCLUDES(mutex);
  bool sleeps() OFFSTAGE_EXCLUDES(mutex);
};

bool log_relay::state::serve(source& from, bool ended) {
  if (!from.malformed) return false;
  try {
    for (int i = 0; ended || i < records_per_turn; ++i) {
      const auto words = from.ring->take();
      if (!words) {
        const auto dropped = from.ring->take_dropped();
        if (dropped != 0) log::deliver(log::dropped_notice(dropped, from.process).record());
        return false;
      }
      log::deliver(read_log_message(*words));
    }
  } catch (const malformed_message& error) {
    give_up(from, error.what());
    return false;
  }
  return true;
}

bool log_relay::state::serve_all() {
  bool more = false;
  for (std::size_t i = 0;; ++i) {
    std::shared_ptr<source> next;
    bool ended;
    {
      sync::lock held(mutex);
      if (i >= sources.size()) break;
      next = sources[i];
      in_service = next.get();
      ended = next->ended;
    }
    const bool goes_on = serve(*next, ended);
    sync::lock held(mutex);
    in_service = nullptr;
    more = more || goes_on;
    next->empty = ended && !goes_on;
  }
  // Given back after the lock, since that takes its time.
  std::vector<std::shared_ptr<source>> gone;
  sync::lock held(mutex);
  for (auto& each : sources) {
    if (each->empty) gone.push_back(std::move(each));
  }
  std::erase(sources, nullptr);
  return more;
}

void log_relay::state::give_own() {
  std::deque<own_record> now;
  std::uint64_t dropped;
  {
    sync::lock held(mutex);
    now.swap(own);
    dropped = std::exchange(own_dropped, 0) + std::exchange(discarded, 0);
  }
  for (auto& each : now) {
    each.record.text = each.text;
    log::deliver(each.record);
  }
  if (dropped != 0) log::deliver(log::dropped_notice(dropped, getpid()).record());
}

// Returns false if there is something to do.
bool log_relay::state::sleeps() {
  sync::lock held(mutex);
  if (!own.empty() || own_dropped != 0 || discarded != 0) return false;
  return std::all_of(sources.begin(), sources.end(), [](const auto& each) {
    return !each->ended && (!each->malformed || each->ring->fall_asleep());
  });
}

log_relay::log_relay() : shared_(std::make_shared<state>()) {
  thread_ = std::thread([shared = shared_] { run(shared); });
}

log_relay::~log_relay() { finish(std::chrono::steady_clock::now()); }

int log_relay::bell() const noexcept { return shared_->bell.get(); }

void log_relay::enter(std::shared_ptr<log_ring> ring, int process,
                      std::function<void(const std::string&)> malformed) {
  auto entered = std::make_shared<source>();
  entered->ring = std::move(ring);
  entered->process = process;
  entered->malformed = std::move(malformed);
  {
    sync::lock held(shared_->mutex);
    shared_->sources.push_back(std::move(entered));
  }
  shared_->ring();
}

void log_relay::leave(const log_ring& ring) {
  std::shared_ptr<source> gone;
  {
    sync::lock held(shared_->mutex);
    auto& sources = shared_->sources;
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const auto& each) { return each->ring.get() == &ring; });
    if (found == sources.end()) return;
    const auto ended =
        std::count_if(sources.begin(), sources.end(), [](const auto& each) { return each->ended; });
    (*found)->ended = true;
    if (static_cast<std::size_t>(ended) >= ended_max && found->get() != shared_->in_service) {
      shared_->discarded += ring.unread();
      gone = std::move(*found);
      sources.erase(found);
    }
  }
  shared_->ring();
}

bool log_relay::carry(const log_record& record) noexcept {
  {
    sync::lock held(shared_->mutex);
    if (shared_->stopping) return false;
    try {
      if (shared_->own.size() < own_max) {
        shared_->own.push_back({record, std::string(record.text)});
      } else {
        ++shared_->own_dropped;
      }
    } catch (...) {
      ++shared_->own_dropped;
    }
  }
  shared_->ring();
  return true;
}

void log_relay::finish(std::chrono::steady_clock::time_point deadline) {
  if (!thread_.joinable()) return;
  {
    sync::lock held(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->ring();
  const bool here = thread_.get_id() == std::this_thread::get_id();
  const auto done = shared_->done.get_future();
  if (!here && done.wait_until(deadline) == std::future_status::ready) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void log_relay::run(const std::shared_ptr<state>& shared) {
  pthread_setname_np(pthread_self(), "offstage-logs");
  leave_signals_to_others();
  for (;;) {
    bool stopping;
    {
      sync::lock held(shared->mutex);
      stopping = shared->stopping;
    }
    const bool more = shared->serve_all();
    shared->give_own();
    if (more) continue;
    if (stopping) break;
    if (!shared->sleeps()) continue;
    std::uint64_t count;
    [[maybe_unused]] auto rung = ::read(shared->bell.get(), &count, sizeof count);
  }
  shared->done.set_value();
}

}  // namespace offstage
