#include "actors/node/node.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <caf/config.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <future>
#include <system_error>
#include <utility>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/node/core_dump.h"
#include "actors/node/node_setup.h"
#include "actors/node/shared_flags.h"
#include "actors/node/shared_levels.h"
#include "actors/task/code_address.h"
#include "messages/command.h"
#include "messages/handshake.h"
#include "messages/prepared.h"
#include "messages/segment_notice.h"

namespace offstage {
namespace {

constexpr std::chrono::milliseconds signal_time{500};  // Between a request and force.
constexpr std::chrono::milliseconds status_time{500};  // For a fork server to tell how it ended.
constexpr std::chrono::milliseconds look_time{2};      // Between looks at what is no event.
constexpr std::chrono::seconds force_time{2};          // For a process that was killed to end.
constexpr std::size_t last_lines = 20;

borrower_id next_number() {
  static std::atomic<borrower_id> last{0};
  return ++last;
}

flat_message copy_of(std::span<const flat_message::word> words) {
  flat_message out(words.size());
  std::copy(words.begin(), words.end(), out.writable().begin());
  return out;
}

std::string text_of(std::chrono::nanoseconds time) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  if (milliseconds % 1000 != 0) return std::to_string(milliseconds) + " ms";
  const auto seconds = milliseconds / 1000;
  return std::to_string(seconds) + (seconds == 1 ? " second" : " seconds");
}

[[noreturn]] void throw_unexpected(const frame_header& header) {
  throw malformed_message("a frame of kind " + std::to_string(static_cast<int>(header.kind)));
}

}  // namespace

std::shared_ptr<node> node::start(node_host& host, std::shared_ptr<owner> pool,
                                  std::shared_ptr<const node_options> options) {
  const node_host::start_in_progress begun(host);
  if (!options) options = std::make_shared<node_options>();
  const auto try_once = [&] {
    auto [ours, theirs] = make_lane();
    auto made = std::make_shared<node>(host, pool, options, std::move(ours));
    made->spawn(theirs);
    host.enter(made);
    try {
      made->watch();
    } catch (...) {
      host.logs().leave(*made->log_);
      host.leave(*made);
      throw;
    }
    return made;
  };
  try {
    return try_once();
  } catch (const fork_server_lost&) {
    // With another lane: a worker that was forked after all finds the end of this one.
    return try_once();
  }
}

node::node(node_host& host, std::shared_ptr<owner> pool,
           std::shared_ptr<const node_options> options, descriptor lane_end)
    : host_(host),
      pool_(std::move(pool)),
      number_(next_number()),
      options_(std::move(options)),
      doorbell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      lane_(std::move(lane_end), [this] { lane_blocked(); }),
      segments_(host.reading_) {
  if (!doorbell_)
    throw std::system_error(errno, std::generic_category(), "worker process: eventfd");
}

void node::spawn(const descriptor& lane_end) {
  auto [out_from, out_to] = make_output_pipe();
  auto [err_from, err_to] = make_output_pipe();
  const auto parent = own_end();
  process_ = host_.start_process({host_.executable(),
                                  options_->environment,
                                  {{out_to.get(), STDOUT_FILENO},
                                   {err_to.get(), STDERR_FILENO},
                                   {lane_end.get(), lane_descriptor},
                                   {doorbell_.get(), doorbell_descriptor},
                                   {parent.get(), parent_descriptor},
                                   {page_.handle(), control_descriptor},
                                   {shared_flags::own().handle(), flags_descriptor},
                                   {log_->handle(), log_descriptor},
                                   {host_.logs().bell(), log_bell_descriptor},
                                   {shared_levels::handle(), levels_descriptor}},
                                  options_->working_directory});
  log_->forget_handle();
  out_ = std::make_shared<line_relay>(std::move(out_from), STDOUT_FILENO);
  err_ = std::make_shared<line_relay>(std::move(err_from), STDERR_FILENO);
}

void node::watch() {
  for (const auto& output : {out_, err_}) host_.relay(output);
  host_.logs().enter(log_, process_id(), [weak = weak_from_this()](const std::string& why) {
    // As its lane's words, it cannot be trusted any more.
    if (const auto node = weak.lock()) node->distrust(why);
  });
  host_.lanes().post([self = shared_from_this()] {
    self->pool_->node_begins(*self);
    try {
      self->watch_process();
    } catch (const std::exception& error) {
      self->process_->signal(SIGKILL);
      self->leave_alone(std::string("is of no use: ") + error.what());
    }
  });
}

void node::watch_process() {
  const auto self = shared_from_this();
  auto& lanes = host_.lanes();
  lanes.watch(lane_.handle(), EPOLLIN, [self](std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
      self->host_.lanes().watch_for(self->lane_.handle(), EPOLLIN);
      self->lane_.flush();
    }
    self->read_lane();
  });
  lane_watched_ = true;
  lanes.watch(process_->end(), EPOLLIN, [self](std::uint32_t) { self->process_ended(); });
  if (const auto time = options_->start_time_max) {
    call_after(*time, [](node& silent) { silent.expect_introduced(); });
  }
}

void node::expect_introduced() {
  // This thread may have been late, and not the worker.
  read_lane();
  if (machine().now() != phase::introducing) return;
  dismiss(input::silent_too_long, "said nothing in " + text_of(*options_->start_time_max) +
                                      "; does its `main` call offstage::worker_entry first?");
}

// Not in the lane's own call: it holds its lock.
void node::lane_blocked() {
  const int error = host_.lanes().watch_for(lane_.handle(), EPOLLIN | EPOLLOUT);
  if (error == 0) return;
  host_.lanes().post([weak = weak_from_this(), error] {
    if (const auto there = weak.lock()) {
      there->dismiss(input::complained_of,
                     "cannot be written to: " + std::generic_category().message(error));
    }
  });
}

void node::append_task(std::uint16_t cell, const flat_message& order,
                       segment_store::lease* segment) {
  teach_modules();
  if (segment != nullptr) {
    const auto& what = segment->what();
    sync::lock held(offered_mutex_);
    if (offered_.insert(what->id()).second) {
      lane_.append(frame_kind::segment, 0, make_segment_offered(what->id(), what->size_bytes()),
                   std::shared_ptr<const descriptor>(what, &what->handle()));
    }
    segment->lend(number_);
  }
  lane_.append(frame_kind::command, cell, order);
}

void node::teach_modules() {
  for (const auto& module : modules_from(modules_told_)) {
    lane_.append(frame_kind::command, 0, make_learn_module(module.path, module.build_id));
    ++modules_told_;
  }
}

void node::forget_segments(const std::vector<std::uint64_t>& gone) {
  bool some = false;
  {
    sync::lock held(offered_mutex_);
    for (const auto id : gone) {
      if (offered_.erase(id) == 0) continue;
      lane_.append(frame_kind::segment, 0, make_segment_forgotten(id));
      some = true;
    }
  }
  if (some) lane_.flush();
}

payload node::large_value_in(const payload& from) {
  return from.kind == payload_kind::segment ? segments_.borrow(from) : payload{};
}

void node::ring() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(doorbell_.get(), &one, sizeof one);
}

node_machine node::machine() const noexcept {
  sync::lock held(machine_mutex_);
  return machine_;
}

node_machine::verdict node::apply(input what) {
  sync::lock held(machine_mutex_);
  return machine_.apply(what);
}

bool node::told_to_stop() const noexcept { return machine().told_to_stop(); }

// In the lanes' thread, if this is still there.
void node::call_after(std::chrono::nanoseconds time, std::function<void(node&)> function) {
  const auto now = reactor::clock::now();
  if (time >= reactor::clock::time_point::max() - now) return;
  host_.lanes().call_at(now + std::chrono::duration_cast<reactor::clock::duration>(time),
                        [weak = weak_from_this(), function = std::move(function)] {
                          if (const auto there = weak.lock()) function(*there);
                        });
}

void node::stop(std::chrono::nanoseconds patience) {
  apply(input::told_to_stop);
  lane_.end();
  call_after(patience, [](node& late) { late.send(SIGTERM); });
  call_after(patience + signal_time, [](node& late) { late.send(SIGKILL); });
}

void node::kill() { send(SIGKILL); }

void node::send(int signal) {
  if (apply(input::killed) != node_machine::verdict::applied) return;
  if (const int error = process_->signal(signal); error != 0) {
    const auto why = std::generic_category().message(error);
    log::line(log_room::node, log_level::warning,
              "worker process {} ({}) cannot be sent signal {}: {}", process_id(),
              host_.executable(), signal, why);
    if (signal != SIGKILL) return;
    host_.lanes().post(
        [self = shared_from_this(), why] { self->leave_alone("cannot be killed: " + why); });
  } else if (signal == SIGKILL) {
    call_after(force_time, [](node& late) {
      late.leave_alone("has not ended " + std::to_string(force_time.count()) +
                       " seconds after it was killed");
    });
  }
}

// Nobody can end it, or see its end: for everybody else it has ended.
void node::leave_alone(const std::string& why) {
  const auto self = shared_from_this();
  if (apply(input::not_to_be_ended) != node_machine::verdict::applied) return;
  forget_lane();
  lane_.end();
  host_.logs().leave(*log_);
  auto how = "worker process " + std::to_string(process_id());
  if (!complaint_.empty()) how += ", which " + complaint_ + ",";
  how += " " + why + "; it is left alone";
  log::line(log_room::node, log_level::warning, "{}", how);
  last_output_ = err_->last_bytes();
  // What waits for its end must keep neither this nor, through the pool, the host.
  auto& lanes = host_.lanes();
  lanes.forget(process_->end());
  const auto wait_for_end = [process = process_, number = number_, &host = host_](std::uint32_t) {
    host.lanes().forget(process->end());
    process->reap(std::chrono::milliseconds(0));
    host.segments().lost(number);
  };
  try {
    lanes.watch(process_->end(), EPOLLIN, wait_for_end);
  } catch (const std::exception&) {
    // It was told why; then its memory is never used again.
  }
  pool_->node_ended(*this, how);
  host_.leave(*this);
}

void node::distrust(const std::string& why) {
  host_.lanes().post([self = shared_from_this(), why] {
    self->dismiss(input::complained_of, "sent what is no message: " + why);
  });
}

std::size_t node::memory_bytes() const {
  std::ifstream pages("/proc/" + std::to_string(process_id()) + "/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  std::size_t shared = 0;  // Files, and memory that it shares with others.
  if (!(pages >> all >> resident >> shared) || resident < shared) return 0;
  return (resident - shared) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void node::read_lane() {
  // There may be more, and that is no reason to make everybody else wait.
  if (machine().hears() && read_some()) pool_->node_paused(*this);
}

// All that it sent is there. The lane itself may live on, in processes that it has forked.
void node::read_whole_lane() {
  bool heard = false;
  while (machine().hears() && read_some()) heard = true;
  forget_lane();
  if (heard) pool_->node_paused(*this);
}

// Returns false if there was nothing, or what there was is no message.
bool node::read_some() {
  ssize_t got;
  try {
    const auto room = frames_.room();
    do {
      got = receive(lane_.handle(), room, MSG_DONTWAIT, beside_);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
      frames_.filled(static_cast<std::size_t>(got),
                     [this](const frame_header& header, std::span<const flat_message::word> words) {
                       hear(header, words);
                       return true;
                     });
      // One may have come ahead of the rest of its notice.
      if (beside_.size() > (frames_.empty() ? 0U : 1U)) {
        throw malformed_message("a descriptor that nobody announced");
      }
      return true;
    }
  } catch (const std::exception& error) {
    dismiss(input::complained_of, std::string("sent what is no message: ") + error.what());
    return false;
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  forget_lane();
  // A worker without a lane is of no use; usually it has ended.
  if (apply(input::lane_closed) == node_machine::verdict::applied) {
    call_after(signal_time, [](node& lost) { lost.expect_end(); });
  }
  return false;
}

// It has closed its lane.
void node::expect_end() {
  if (machine().now() != phase::lane_lost) return;
  // A large core takes its time.
  if (writes_core(process_id())) {
    return call_after(signal_time, [](node& lost) { lost.expect_end(); });
  }
  dismiss(input::lane_lost_too_long, "closed its lane");
}

void node::forget_lane() {
  if (std::exchange(lane_watched_, false)) host_.lanes().forget(lane_.handle());
}

void node::hear(const frame_header& header, std::span<const flat_message::word> words) {
  if (header.kind == frame_kind::handshake) return shake_hands(copy_of(words));
  if (header.kind == frame_kind::prepared) return take_answer(copy_of(words));
  if (header.kind == frame_kind::state || header.kind == frame_kind::segment) {
    const auto said = apply(input::said);
    if (said == node_machine::verdict::dropped) return;
    if (said == node_machine::verdict::heard) {
      if (header.kind == frame_kind::segment) {
        return segments_.hear(read_segment_notice(copy_of(words)), beside_);
      }
      if (header.cell < control_page::cell_count)
        return pool_->node_says(*this, header.cell, words);
    }
  }
  throw_unexpected(header);
}

void node::shake_hands(const flat_message& words) {
  const bool prepares = !options_->initializer.empty() || options_->memory_max_bytes != 0;
  // Nothing of another version of the protocol makes sense.
  const auto child = read_handshake(words);
  if (child.protocol != handshake::protocol_version) {
    return dismiss(input::complained_of, "speaks version " + std::to_string(child.protocol) +
                                             " of the protocol, and not " +
                                             std::to_string(handshake::protocol_version));
  }
  if (child.caf != CAF_VERSION) {
    return dismiss(input::complained_of, "has version " + std::to_string(child.caf) +
                                             " of CAF, and not " + std::to_string(CAF_VERSION));
  }
  const auto said = apply(prepares ? input::introduced_to_prepare : input::introduced);
  if (said == node_machine::verdict::refused) {
    throw malformed_message("a second handshake");
  }
  if (said != node_machine::verdict::applied) return;
  if (prepares) {
    prepare();
  } else {
    become_ready();
  }
}

void node::prepare() {
  payload initializer;
  if (!options_->initializer.empty()) initializer = {payload_kind::bytes, options_->initializer};
  teach_modules();
  lane_.append(frame_kind::command, 0, make_prepare(options_->memory_max_bytes, initializer));
  lane_.flush();
  if (!options_->initializer_time_max) return;
  const auto time = *options_->initializer_time_max;
  call_after(time, [time](node& late) {
    late.dismiss(input::preparing_too_long, "had not ended its initializer after " + text_of(time));
  });
}

void node::take_answer(const flat_message& words) {
  const auto why = read_prepared(words);
  if (why && machine().now() == phase::preparing) {
    initializer_raised_ = true;
    return dismiss(input::complained_of, "raised in its initializer: " + why->summary());
  }
  const auto said = apply(input::prepared);
  if (said == node_machine::verdict::refused) {
    throw malformed_message("an answer to what it was not told");
  }
  if (said == node_machine::verdict::applied) become_ready();
}

void node::become_ready() {
  log::line(log_room::node, log_level::debug, "worker process {} is ready", process_id());
  pool_->node_ready(*this);
}

void node::dismiss(input why, const std::string& what) {
  if (apply(why) != node_machine::verdict::applied) return;
  complaint_ = what;
  forget_lane();
  log::line(log_room::node, log_level::error, "worker process {} is killed: it {}", process_id(),
            what);
  this->kill();
}

// Whether it was the kernel, or an allocation that nobody could do without.
bool node::memory_explains(const exit_status& status) {
  if (status.kind != exit_status::how::signaled || machine().killed()) return false;
  if (status.value == SIGKILL) return host_.oom_kills_.explain_one();
  return status.value == SIGABRT && options_->memory_max_bytes != 0 &&
         err_->last_lines(last_lines).find("std::bad_alloc") != std::string::npos;
}

void node::process_ended() {
  pollfd end{process_->end(), POLLIN, 0};
  if (machine().over() || ::poll(&end, 1, 0) != 1) return;
  if (machine().now() == phase::unexplained) {
    if (process_->status_known()) return explain();
    // It is about to be this process's own child, which is no event.
    host_.lanes().forget(process_->told());
    return call_after(look_time, [](node& unexplained) { unexplained.process_ended(); });
  }
  read_whole_lane();
  if (process_->status_known()) return explain();
  // The fork server is about to tell; or it is stopped, and nobody ever will.
  apply(input::ended);
  auto& lanes = host_.lanes();
  lanes.forget(process_->end());
  lanes.watch(process_->told(), EPOLLIN,
              [self = shared_from_this()](std::uint32_t) { self->process_ended(); });
  call_after(status_time, [](node& unexplained) {
    if (unexplained.machine().now() == phase::unexplained) unexplained.explain();
  });
}

// It has ended, and this is how, as far as anybody has told.
void node::explain() {
  const auto self = shared_from_this();
  const bool waited = machine().now() == phase::unexplained;
  apply(input::explained);
  host_.lanes().forget(waited ? process_->told() : process_->end());
  host_.logs().leave(*log_);
  const auto status = process_->reap();
  std::string how = "worker process " + std::to_string(process_id());
  if (complaint_.empty()) {
    how += " " + status.text();
    ran_out_of_memory_ = memory_explains(status);
    if (ran_out_of_memory_) how += ", probably out of memory";
  } else if (status.kind == exit_status::how::signaled && status.value != SIGKILL) {
    // It was faster than we.
    how += " " + status.text() + ", after it " + complaint_;
  } else {
    how += " was killed, because it " + complaint_;
  }
  last_output_ = err_->last_bytes();
  if (const auto last = err_->last_lines(last_lines); !last.empty()) {
    how += "; its last words: " + last;
  }
  log::line(log_room::node, log_level::debug, "{}", how);
  pool_->node_ended(*this, how);
  // What nobody has taken back from it.
  host_.segments().lost(number_);
  host_.leave(*this);
}

}  // namespace offstage
