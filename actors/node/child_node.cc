#include "actors/node/child_node.h"

#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <caf/config.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "actors/node/child_log.h"
#include "actors/node/lane.h"
#include "actors/node/lane_credit.h"
#include "actors/node/lane_port.h"
#include "actors/node/node_setup.h"
#include "actors/node/shared_flags.h"
#include "actors/node/shared_levels.h"
#include "actors/node/signals.h"
#include "actors/task/code_address.h"
#include "actors/task/describe_exception.h"
#include "actors/worker/worker_initializer.h"
#include "messages/codec/all_codecs.h"
#include "messages/handshake.h"
#include "messages/prepared.h"

namespace offstage {

namespace {

ref<task_record> make(const payload& body) {
  byte_reader reader(body.bytes, body.keeper);
  code_address where;
  where.module = reader.read<std::uint32_t>();
  where.offset = reader.read<std::uint64_t>();
  const auto maker = reinterpret_cast<record_maker>(const_cast<void*>(function_at(where)));
  return maker(reader);
}

// Of heap, stacks of threads and variables; not of code, nor of what it shares with its parent.
void limit_memory(std::uint64_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = std::min<rlim_t>(bytes, limit.rlim_max);
  if (setrlimit(RLIMIT_DATA, &limit) != 0) {
    throw std::system_error(errno, std::generic_category(), "setrlimit");
  }
}

}  // namespace

child_node::child_node() : page_(descriptor(control_descriptor)) {
  shared_flags::inherit(descriptor(flags_descriptor));
  shared_levels::inherit(descriptor(levels_descriptor));
  child_log::begin();
}

void child_node::run() {
  std::thread([this] { watch(); }).detach();
  introduce();
  frame_reader frames;
  std::deque<descriptor> beside;
  const auto take = [&](const frame_header& header, std::span<const flat_message::word> words) {
    if (header.kind == frame_kind::segment) {
      segments_.hear(words, beside);
    } else {
      obey(header, words);
    }
    return true;
  };
  for (;;) {
    const auto room = frames.room();
    const auto got = receive(lane_descriptor, room, 0, beside);
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

void child_node::introduce() {
  handshake me;
  me.caf = CAF_VERSION;
  lane_.put(frame_kind::handshake, 0, make_handshake(me));
  lane_.send_now();
}

void child_node::obey(const frame_header& header, std::span<const flat_message::word> words) {
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
    case command_kind::prepare:
      prepare(order);
      return;
  }
}

void child_node::prepare(const command& order) {
  std::optional<failure> why;
  try {
    if (order.memory_max_bytes != 0) limit_memory(order.memory_max_bytes);
    if (order.body.kind != payload_kind::nothing) initializer_from(order.body.bytes)->run();
  } catch (...) {
    why = describe_exception(std::current_exception());
  }
  // What it printed explains more than its exception.
  std::fflush(stdout);
  lane_.put(frame_kind::prepared, 0, make_prepared(why));
  lane_.send_now();
}

void child_node::run_task(std::uint16_t index, const command& order) {
  auto& at = page_.at(index);
  if (!at.move(cell_state::waiting, cell_state::running)) {
    // Cancelled or recalled: the parent has seen to the task.
    at.state = cell_state::free;
    return;
  }
  ref<task_record> task;
  lane_credit link(at);
  lane_port port(lane_, segments_, at, index, order.task, std::exchange(unsent_, true));
  try {
    task = make(segments_.borrow(order.body));
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
  if (at.cancel && task->takes_stop_token()) request_stop(task);
  // A task that ends this thread ends the process.
  [&]() noexcept { task_record::run(std::move(task)); }();
  running_.end();
}

// Without a thread for it, the task is not told; the parent may end the process.
void child_node::request_stop(ref<task_record> task) {
  const bool posted = side_.post([task = std::move(task)] {
    const log::task_scope writing(task->id());
    task->request_stop();
  });
  if (!posted) log::line(log_room::node, log_level::error, "a task cannot be told to stop");
}

// Runs no code of the user's, so that nothing keeps it from its work.
void child_node::watch() {
  pthread_setname_np(pthread_self(), "offstage-watch");
  leave_signals_to_others();
  for (;;) {
    pollfd events[] = {{parent_descriptor, POLLIN, 0},
                       {doorbell_descriptor, POLLIN, 0},
                       {lane_.timer(), POLLIN, 0},
                       {segments_.timer(), POLLIN, 0}};
    if (::poll(events, 4, -1) < 0) continue;
    if (events[0].revents != 0) _exit(parent_gone);
    if (events[1].revents != 0) {
      std::uint64_t count;
      [[maybe_unused]] auto taken = ::read(doorbell_descriptor, &count, sizeof count);
      if (auto task = running_.cancelled()) request_stop(std::move(task));
    }
    if (events[2].revents != 0) lane_.send_late();
    if (events[3].revents != 0) segments_.trim(lane_);
  }
}

}  // namespace offstage
