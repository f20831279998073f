#include "actors/node/node_main.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <caf/config.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "actors/future/step_of.h"
#include "actors/node/control_page.h"
#include "actors/node/lane.h"
#include "actors/node/node_setup.h"
#include "actors/node/shared_flags.h"
#include "actors/task/code_address.h"
#include "actors/task/credit.h"
#include "actors/task/describe_exception.h"
#include "actors/task/task_record.h"
#include "actors/worker/stopper.h"
#include "messages/codec/all_codecs.h"
#include "messages/command.h"
#include "messages/handshake.h"

namespace offstage {
namespace {

// The exit code of a worker whose parent is gone, or speaks another language.
constexpr int parent_gone = 113;

// The child's end of the lane. A message may wait a moment for those that follow it, since sending
// each by itself would cost more than most of them. A timer, which the watcher serves, sees to it
// that it is a moment only, whatever the task does meanwhile.
class child_lane {
 public:
  child_lane() : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (!timer_) throw std::system_error(errno, std::generic_category(), "timerfd_create");
  }

  void put(frame_kind kind, std::uint16_t cell, const flat_message& words) {
    const auto body = std::as_bytes(words.words());
    const frame_header header{static_cast<std::uint32_t>(words.words().size()), kind, cell};
    const auto head = std::as_bytes(std::span(&header, 1));
    std::lock_guard lock(mutex_);
    gathered_.insert(gathered_.end(), head.begin(), head.end());
    gathered_.insert(gathered_.end(), body.begin(), body.end());
  }

  // A body is about to run. What came before is sent: if the body takes the process with it, no
  // earlier task is lost. Where nothing came before, and there is one CPU only, the parent need not
  // be woken twice for a short body. With more of them waking it now saves time at the end.
  // @thread The worker.
  void before_body(bool something_came_before) {
    std::lock_guard lock(mutex_);
    if (something_came_before || !one_cpu_) {
      send_all();
    } else {
      arm();
    }
  }

  // An item or a report: if it follows the one before quickly, it may wait for those that follow.
  // @thread The worker.
  void send_soon() {
    const auto now = clock::now();
    const auto pause = now - put_last_;
    put_last_ = now;
    // One long pause counts at once, short ones have to come in a row.
    usual_pause_ = pause > usual_pause_ ? pause : (usual_pause_ + pause) / 2;
    std::lock_guard lock(mutex_);
    if (usual_pause_ < quick && gathered_.size() < gathered_max) {
      arm();
    } else {
      send_all();
    }
  }

  // Nothing will follow soon.
  // @thread The worker.
  void send_now() {
    std::lock_guard lock(mutex_);
    send_all();
  }

  // Readable when something has waited long enough; then `send_late` is to be called.
  int timer() const noexcept { return timer_.get(); }

  // @thread The watcher.
  void send_late() {
    std::uint64_t count;
    [[maybe_unused]] auto taken = ::read(timer_.get(), &count, sizeof count);
    std::lock_guard lock(mutex_);
    armed_ = false;
    send_all();
  }

 private:
  using clock = std::chrono::steady_clock;

  static constexpr std::chrono::microseconds quick{20};
  static constexpr long moment_ns = 300000;
  static constexpr std::size_t gathered_max = 16 * 1024;
  static constexpr std::size_t kept_max = 1024 * 1024;

  void arm() {
    if (armed_) return;  // What is set fires even sooner.
    armed_ = true;
    const itimerspec when{{0, 0}, {0, moment_ns}};
    timerfd_settime(timer_.get(), 0, &when, nullptr);
  }

  void send_all() {
    std::size_t sent = 0;
    while (sent < gathered_.size()) {
      const auto got =
          ::send(lane_descriptor, gathered_.data() + sent, gathered_.size() - sent, MSG_NOSIGNAL);
      if (got >= 0) {
        sent += static_cast<std::size_t>(got);
      } else if (errno != EINTR) {
        _exit(parent_gone);
      }
    }
    gathered_.clear();
    if (gathered_.capacity() > kept_max) gathered_ = {};
  }

  static bool has_one_cpu() noexcept {
    cpu_set_t usable;
    return sched_getaffinity(0, sizeof usable, &usable) == 0 && CPU_COUNT(&usable) == 1;
  }

  const descriptor timer_;
  const bool one_cpu_ = has_one_cpu();
  std::mutex mutex_;
  std::vector<std::byte> gathered_;
  bool armed_ = false;
  clock::time_point put_last_ = {};
  clock::duration usual_pause_ = quick;
};

// A task's credit, whose other end is in the parent.
class lane_credit final : public credit_link {
 public:
  explicit lane_credit(cell& at) : cell_(at) {}

  bool spend(std::size_t bytes) override {
    if (sent_ - cell_.delivered >= credit::messages_max ||
        sent_bytes_ - cell_.delivered_bytes >= credit::bytes_max) {
      hold();
    }
    if (cell_.cancel.load(std::memory_order_relaxed)) return false;
    ++sent_;
    sent_bytes_ += bytes;
    return true;
  }

  void repay(std::size_t) noexcept override {}

 private:
  // Until half of it is free again, or the task is cancelled.
  void hold() {
    const auto less = [](std::uint64_t sent, std::uint64_t half) {
      return sent > half ? sent - half : 0;
    };
    cell_.wanted = less(sent_, credit::messages_max / 2);
    cell_.wanted_bytes = less(sent_bytes_, credit::bytes_max / 2);
    while (!cell_.cancel &&
           (cell_.delivered < cell_.wanted || cell_.delivered_bytes < cell_.wanted_bytes)) {
      cell_.held = 1;
      // What came in between has seen that nobody waited.
      if (cell_.cancel ||
          (cell_.delivered >= cell_.wanted && cell_.delivered_bytes >= cell_.wanted_bytes)) {
        break;
      }
      futex_wait(cell_.held, 1);
    }
    cell_.held = 0;
  }

  cell& cell_;
  std::uint64_t sent_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

failure encoding_failure(const std::exception_ptr& thrown) {
  auto why = describe_exception(thrown);
  why.kind = failure_kind::encoding;
  why.original = nullptr;
  return why;
}

// Before its last message is put: whoever reads that finds that the task has ended. A worker that
// is about to be killed for this task must not begin another one.
void end_task(cell& at) {
  if (at.move(cell_state::running, cell_state::ended)) return;
  for (;;) pause();
}

// Where the messages of the running task go: on the lane, with their values in them.
class lane_port final : public receiver {
 public:
  // @param after_another Messages of another task may not have been sent.
  lane_port(child_lane& to, cell& at, std::uint16_t index, task_id task, bool after_another)
      : lane_(to), cell_(at), index_(index), task_(task), after_another_(after_another) {}

  void add_ref() const noexcept override {}  // It lives as long as the task runs.
  void release() const noexcept override {}

 protected:
  void receive(mail) noexcept override {}

  void unrouted(mail message) noexcept override {
    const auto read = read_state_message(message.words);
    if (!fault_) {
      try {
        put(read, message);
      } catch (...) {
        // The task fails in the place of the value that cannot be sent; a body that goes on finds
        // that it was cancelled.
        fault_ = encoding_failure(std::current_exception());
        cell_.cancel = true;
      }
    }
    if (read.kind == state_message_kind::started) {
      lane_.before_body(after_another_);
    } else if (!is_final(read.kind)) {
      lane_.send_soon();
    } else if (fault_) {
      // What follows the last message may be the first one of another task: it is sent with that.
      end_task(cell_);
      lane_.put(frame_kind::state, index_, make_raised(here(), *fault_));
    }
  }

 private:
  void put(const state_message& read, const mail& message) {
    const bool ends = is_final(read.kind);
    const auto value = [&](auto&& make) {
      const auto bytes = encoded(read, *message.beside);
      put_words(make(payload{payload_kind::bytes, bytes}), ends);
    };
    switch (read.kind) {
      case state_message_kind::generated:
        return value([&](payload where) { return make_generated(here(), where); });
      case state_message_kind::progressed:
        return value([&](payload where) { return make_progressed(here(), where); });
      case state_message_kind::custom:
        return value([&](payload where) { return make_custom(here(), read.name, where); });
      case state_message_kind::stepped:
        if (message.beside) message.beside->arrive();
        return put_words(make_stepped(here(), step_of(message.words, message.beside.get())));
      case state_message_kind::returned:
        if (read.value.kind != payload_kind::slot) break;
        return value([&](payload where) { return make_returned(here(), where); });
      default:
        break;
    }
    put_words(message.words, ends);
  }

  static std::vector<std::byte> encoded(const state_message& read, attachment& beside) {
    byte_writer writer;
    if (read.kind == state_message_kind::custom) writer.write(std::string(beside.value_type()));
    beside.encode(writer);
    return std::move(writer).take_bytes();
  }

  void put_words(const flat_message& words, bool ends = false) {
    if (words.words().size() > frame_words_max) {
      throw codec_error("a value of about " + std::to_string(words.words().size() * 8) +
                        " bytes: a message has 64 MiB at most");
    }
    if (ends) end_task(cell_);
    lane_.put(frame_kind::state, index_, words);
    ++sequence_;
  }

  message_origin here() const noexcept { return {task_, sequence_}; }

  child_lane& lane_;
  cell& cell_;
  const std::uint16_t index_;
  const task_id task_;
  const bool after_another_;
  std::uint32_t sequence_ = 0;  // Of the next message.
  std::optional<failure> fault_;
};

// The task that runs, for the watcher.
struct running_task {
  std::mutex mutex;
  ref<task_record> task;
  cell* at = nullptr;

  void begin(ref<task_record> begun, cell& where) {
    std::lock_guard lock(mutex);
    task = std::move(begun);
    at = &where;
  }
  void end() {
    ref<task_record> gone;
    std::lock_guard lock(mutex);
    gone = std::move(task);
    at = nullptr;
  }
  ref<task_record> cancelled() {
    std::lock_guard lock(mutex);
    if (task && at->cancel && task->takes_stop_token()) return task;
    return nullptr;
  }
};

class child_node {
 public:
  child_node() : page_(descriptor(control_descriptor)) {
    shared_flags::inherit(descriptor(flags_descriptor));
  }

  [[noreturn]] void run() {
    std::thread([this] { watch(); }).detach();
    handshake me;
    me.process = static_cast<std::uint64_t>(getpid());
    me.build_id = program_build_id();
    me.caf = CAF_VERSION;
    lane_.put(frame_kind::handshake, 0, make_handshake(me));
    lane_.send_now();
    frame_reader frames;
    const auto take = [this](const frame_header& header,
                             std::span<const flat_message::word> words) {
      obey(header, words);
      return true;
    };
    for (;;) {
      const auto room = frames.room();
      const auto got = ::recv(lane_descriptor, room.data(), room.size(), 0);
      if (got > 0) {
        frames.filled(static_cast<std::size_t>(got), take);
        lane_.send_now();
        unsent_ = false;
      } else if (got == 0) {
        // The parent wants no more of this worker.
        std::exit(0);
      } else if (errno != EINTR) {
        _exit(parent_gone);
      }
    }
  }

 private:
  void obey(const frame_header& header, std::span<const flat_message::word> words) {
    flat_message message(words.size());
    std::copy(words.begin(), words.end(), message.writable().begin());
    const auto order = read_command(message);
    switch (order.kind) {
      case command_kind::run_task:
        run_task(header.cell, order);
        return;
      case command_kind::learn_module:
        learn_module({std::string(order.path), std::string(order.build_id)});
        return;
      case command_kind::stop:
        lane_.send_now();
        std::exit(0);
    }
  }

  void run_task(std::uint16_t index, const command& order) {
    auto& at = page_.at(index);
    if (!at.move(cell_state::waiting, cell_state::running)) {
      // Cancelled or recalled: the parent has seen to the task.
      at.state = cell_state::free;
      return;
    }
    ref<task_record> task;
    lane_credit link(at);
    lane_port port(lane_, at, index, order.task, std::exchange(unsent_, true));
    try {
      task = make(order.body);
    } catch (...) {
      end_task(at);
      lane_.put(frame_kind::state, index, make_started({order.task, 0}));
      lane_.put(frame_kind::state, index,
                make_raised({order.task, 1}, encoding_failure(std::current_exception())));
      return;
    }
    task->stand_in(order.task, at.cancel, link);
    task->connect(sender(ref<receiver>(&port)));
    running_.begin(task, at);
    // Whoever rang before that was not heard.
    if (at.cancel && task->takes_stop_token()) stopper_.post(task);
    task_record::run(std::move(task));
    running_.end();
  }

  static ref<task_record> make(const payload& body) {
    byte_reader reader(body.bytes);
    code_address where;
    where.module = reader.read<std::uint32_t>();
    where.offset = reader.read<std::uint64_t>();
    const auto maker = reinterpret_cast<record_maker>(const_cast<void*>(function_at(where)));
    return maker(reader);
  }

  // Runs no code of the user's, so that nothing keeps it from its work.
  void watch() {
    pthread_setname_np(pthread_self(), "offstage-watch");
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    for (;;) {
      pollfd events[] = {{parent_descriptor, POLLIN, 0},
                         {doorbell_descriptor, POLLIN, 0},
                         {lane_.timer(), POLLIN, 0}};
      if (::poll(events, 3, -1) < 0) continue;
      if (events[0].revents != 0) _exit(parent_gone);
      if (events[1].revents != 0) {
        std::uint64_t count;
        [[maybe_unused]] auto taken = ::read(doorbell_descriptor, &count, sizeof count);
        if (auto task = running_.cancelled()) stopper_.post(std::move(task));
      }
      if (events[2].revents != 0) lane_.send_late();
    }
  }

  control_page page_;
  child_lane lane_;
  bool unsent_ = false;  // Since the last time that everything was sent, a task was run.
  running_task running_;
  stopper stopper_;
};

}  // namespace

void node_main() {
  for (int number = lane_descriptor; number <= flags_descriptor; ++number) {
    fcntl(number, F_SETFD, FD_CLOEXEC);
  }
  signal(SIGINT, SIG_IGN);
  prctl(PR_SET_NAME, "offstage-worker");
  // Whole lines, so that they can be passed on while the task goes on.
  setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    // Never destroyed: its threads run until the process ends.
    (new child_node)->run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "offstage: worker process: %s\n", error.what());
    std::fflush(stderr);
    _exit(1);
  }
}

}  // namespace offstage
