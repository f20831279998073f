#include "actors/node/child_lane.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "actors/node/node_setup.h"

namespace offstage {
namespace {

constexpr long moment_ns = 300000;
constexpr std::size_t gathered_max = 16 * 1024;

bool has_one_cpu() noexcept {
  cpu_set_t usable;
  return sched_getaffinity(0, sizeof usable, &usable) == 0 && CPU_COUNT(&usable) == 1;
}

}  // namespace

child_lane::child_lane()
    : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)), one_cpu_(has_one_cpu()) {
  if (!timer_) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

void child_lane::put(frame_kind kind, std::uint16_t cell, const flat_message& words,
                     std::shared_ptr<const descriptor> beside) {
  const frame_header header{static_cast<std::uint32_t>(words.words().size()), kind, cell};
  sync::lock held(mutex_);
  if (beside) gathered_.append(std::move(beside));
  gathered_.append(std::as_bytes(std::span(&header, 1)));
  gathered_.append(std::as_bytes(words.words()));
}

void child_lane::before_body(bool something_came_before) {
  sync::lock held(mutex_);
  if (something_came_before || !one_cpu_) {
    send_all();
  } else {
    arm();
  }
}

void child_lane::send_soon() {
  const auto now = clock::now();
  const auto pause = now - put_last_;
  put_last_ = now;
  // One long pause counts at once, short ones have to come in a row.
  usual_pause_ = pause > usual_pause_ ? pause : (usual_pause_ + pause) / 2;
  sync::lock held(mutex_);
  if (usual_pause_ < quick && gathered_.size() < gathered_max) {
    arm();
  } else {
    send_all();
  }
}

void child_lane::send_now() {
  sync::lock held(mutex_);
  send_all();
}

void child_lane::send_late() {
  std::uint64_t count;
  [[maybe_unused]] auto taken = ::read(timer_.get(), &count, sizeof count);
  sync::lock held(mutex_);
  armed_ = false;
  send_all();
}

void child_lane::arm() {
  if (armed_) return;  // What is set fires even sooner.
  armed_ = true;
  const itimerspec when{{0, 0}, {0, moment_ns}};
  timerfd_settime(timer_.get(), 0, &when, nullptr);
}

void child_lane::send_all() {
  if (gathered_.send(lane_descriptor, 0) != lane_queue::sent::all) _exit(parent_gone);
}

}  // namespace offstage
