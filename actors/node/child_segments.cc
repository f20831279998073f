#include "actors/node/child_segments.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "messages/segment_notice.h"

namespace offstage {
namespace {

// There is one reader only.
constexpr borrower_id the_parent = 1;

void set_off(int timer, segment_store::clock::time_point when) {
  const auto since = when.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  const std::chrono::nanoseconds rest = since - seconds;
  const itimerspec at{{0, 0}, {seconds.count(), static_cast<long>(rest.count())}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, nullptr);
}

}  // namespace

child_segments::child_segments()
    : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      store_(segment_store::make({}, [timer = timer_.get()](segment_store::clock::time_point when) {
        set_off(timer, when);
      })) {
  if (!timer_) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

void child_segments::wait_until_heard(child_lane& through) {
  store_->wait_until_heard([&] { through.send_now(); });
}

void child_segments::lend(segment_store::lease& value, child_lane& through) {
  const auto& what = value.what();
  if (!std::exchange(what->offered, true)) {
    through.put(frame_kind::segment, 0, make_segment_offered(what->id(), what->size_bytes()),
                std::shared_ptr<const descriptor>(what, &what->handle()));
  }
  value.lend(the_parent);
}

void child_segments::hear(std::span<const flat_message::word> notice,
                          std::deque<descriptor>& beside) {
  flat_message words(notice.size());
  std::copy(notice.begin(), notice.end(), words.writable().begin());
  theirs_.hear(read_segment_notice(words), beside);
}

void child_segments::trim(child_lane& through) {
  std::uint64_t count;
  [[maybe_unused]] auto taken = ::read(timer_.get(), &count, sizeof count);
  const auto gone = store_->trim();
  if (gone.empty()) return;
  for (const auto id : gone) through.put(frame_kind::segment, 0, make_segment_forgotten(id));
  through.send_now();
}

}  // namespace offstage
