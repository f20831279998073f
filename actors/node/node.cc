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

constexpr std::chrono::seconds handshake_time{10};
constexpr std::chrono::milliseconds signal_time{500};  // Between a request and force.
constexpr std::chrono::milliseconds status_time{500};  // For a fork server to tell how it ended.
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
    made->watch();
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
      lane_(std::move(lane_end),
            [this] { host_.lanes().watch_for(lane_.handle(), EPOLLIN | EPOLLOUT); }),
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
  auto& lanes = host_.lanes();
  lanes.post([self = shared_from_this(), &lanes] {
    self->pool_->node_begins(*self);
    lanes.watch(self->lane_.handle(), EPOLLIN, [self](std::uint32_t events) {
      if ((events & EPOLLOUT) != 0) {
        self->host_.lanes().watch_for(self->lane_.handle(), EPOLLIN);
        self->lane_.flush();
      }
      self->read_lane();
    });
    lanes.watch(self->process_->end(), EPOLLIN, [self](std::uint32_t) { self->process_ended(); });
    lanes.call_at(reactor::clock::now() + handshake_time, [weak = self->weak_from_this()] {
      const auto node = weak.lock();
      if (node && !node->introduced_)
        node->dismiss(
            "said nothing in 10 seconds; does its `main` call "
            "offstage::worker_entry first?");
    });
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

void node::stop(std::chrono::nanoseconds patience) {
  told_to_stop_ = true;
  lane_.end();
  const auto first =
      reactor::clock::now() + std::chrono::duration_cast<reactor::clock::duration>(patience);
  const auto signal_at = [this](reactor::clock::time_point when, int number) {
    host_.lanes().call_at(when, [weak = weak_from_this(), number] {
      const auto node = weak.lock();
      if (!node || node->gone_) return;
      node->killed_ = true;
      node->process_->signal(number);
    });
  };
  signal_at(first, SIGTERM);
  signal_at(first + signal_time, SIGKILL);
}

void node::kill() {
  killed_ = true;
  process_->signal(SIGKILL);
}

void node::distrust(const std::string& why) {
  host_.lanes().post(
      [self = shared_from_this(), why] { self->dismiss("sent what is no message: " + why); });
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
  bool heard = false;
  while (!lane_ended_) {
    const auto room = frames_.room();
    ssize_t got = -1;
    bool trusted = true;
    try {
      got = receive(lane_.handle(), room, MSG_DONTWAIT, beside_);
      if (got > 0) {
        heard = true;
        frames_.filled(
            static_cast<std::size_t>(got),
            [this](const frame_header& header, std::span<const flat_message::word> words) {
              hear(header, words);
              return true;
            });
        // One may have come ahead of the rest of its notice.
        if (beside_.size() > (frames_.empty() ? 0U : 1U)) {
          throw malformed_message("a descriptor that nobody announced");
        }
      }
    } catch (const std::exception& error) {
      trusted = false;
      dismiss(std::string("sent what is no message: ") + error.what());
    }
    if (!trusted) {
      // Nothing that follows is heard.
      lane_ended_ = true;
      host_.lanes().forget(lane_.handle());
    } else if (got > 0) {
      // There is no more, or there is, and that is no reason to make everybody else wait.
      if (!gone_) break;
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      break;
    } else {
      lane_ended_ = true;
      host_.lanes().forget(lane_.handle());
      // A worker without a lane is of no use; usually it has ended.
      if (!gone_) {
        host_.lanes().call_at(reactor::clock::now() + signal_time, [weak = weak_from_this()] {
          const auto node = weak.lock();
          if (node && !node->gone_) node->dismiss("closed its lane");
        });
      }
    }
  }
  if (heard) pool_->node_paused(*this);
}

void node::hear(const frame_header& header, std::span<const flat_message::word> words) {
  if (!complaint_.empty()) return;
  if (header.kind == frame_kind::handshake && !introduced_) {
    shake_hands(copy_of(words));
  } else if (header.kind == frame_kind::prepared && preparing_) {
    take_answer(copy_of(words));
  } else if (header.kind == frame_kind::state && ready_ && header.cell < control_page::cell_count) {
    pool_->node_says(*this, header.cell, words);
  } else if (header.kind == frame_kind::segment && ready_) {
    segments_.hear(read_segment_notice(copy_of(words)), beside_);
  } else {
    throw malformed_message("a frame of kind " + std::to_string(static_cast<int>(header.kind)));
  }
}

void node::shake_hands(const flat_message& words) {
  const auto child = read_handshake(words);
  if (child.protocol != handshake::protocol_version) {
    return dismiss("speaks version " + std::to_string(child.protocol) +
                   " of the protocol, and not " + std::to_string(handshake::protocol_version));
  }
  if (child.caf != CAF_VERSION) {
    return dismiss("has version " + std::to_string(child.caf) + " of CAF, and not " +
                   std::to_string(CAF_VERSION));
  }
  introduced_ = true;
  if (options_->initializer.empty() && options_->memory_max_bytes == 0) {
    become_ready();
  } else {
    prepare();
  }
}

void node::prepare() {
  preparing_ = true;
  payload initializer;
  if (!options_->initializer.empty()) initializer = {payload_kind::bytes, options_->initializer};
  teach_modules();
  lane_.append(frame_kind::command, 0, make_prepare(options_->memory_max_bytes, initializer));
  lane_.flush();
  if (!options_->initializer_time_max) return;
  const auto time = *options_->initializer_time_max;
  const auto now = reactor::clock::now();
  if (time >= reactor::clock::time_point::max() - now) return;
  host_.lanes().call_at(now + std::chrono::duration_cast<reactor::clock::duration>(time),
                        [weak = weak_from_this(), time] {
                          const auto node = weak.lock();
                          if (!node || !node->preparing_) return;
                          const auto milliseconds =
                              std::chrono::ceil<std::chrono::milliseconds>(time).count();
                          node->dismiss("had not ended its initializer after " +
                                        std::to_string(milliseconds) + " ms");
                        });
}

void node::take_answer(const flat_message& words) {
  preparing_ = false;
  const auto why = read_prepared(words);
  if (!why) return become_ready();
  initializer_raised_ = true;
  dismiss("raised in its initializer: " + why->summary());
}

void node::become_ready() {
  ready_ = true;
  log::line(log_room::node, log_level::debug, "worker process {} is ready", process_id());
  pool_->node_ready(*this);
}

void node::dismiss(const std::string& why) {
  if (gone_ || waits_for_status_ || !complaint_.empty()) return;
  complaint_ = why;
  log::line(log_room::node, log_level::error, "worker process {} is killed: it {}", process_id(),
            why);
  this->kill();
}

// Whether it was the kernel, or an allocation that nobody could do without.
bool node::memory_explains(const exit_status& status) {
  if (status.kind != exit_status::how::signaled || killed_) return false;
  if (status.value == SIGKILL) return host_.oom_kills_.explain_one();
  return status.value == SIGABRT && options_->memory_max_bytes != 0 &&
         err_->last_lines(last_lines).find("std::bad_alloc") != std::string::npos;
}

void node::process_ended() {
  pollfd end{process_->end(), POLLIN, 0};
  if (gone_ || ::poll(&end, 1, 0) != 1) return;
  const auto self = shared_from_this();
  auto& lanes = host_.lanes();
  if (!process_->status_known() && !status_late_) {
    if (std::exchange(waits_for_status_, true)) return;
    // The fork server is about to tell; or it is stopped, and nobody ever will.
    lanes.forget(process_->end());
    lanes.watch(process_->told(), EPOLLIN, [self](std::uint32_t) { self->process_ended(); });
    lanes.call_at(reactor::clock::now() + status_time, [self] {
      self->status_late_ = true;
      self->process_ended();
    });
    return;
  }
  gone_ = true;
  // All that it sent is there. The lane itself may live on, in processes that it has forked.
  if (!lane_ended_) read_lane();
  if (!lane_ended_) {
    lane_ended_ = true;
    lanes.forget(lane_.handle());
  }
  lanes.forget(waits_for_status_ ? process_->told() : process_->end());
  host_.logs().leave(*log_);
  const auto status = process_->reap();
  std::string how = "worker process " + std::to_string(process_id());
  if (complaint_.empty()) {
    how += " " + status.text();
    ran_out_of_memory_ = memory_explains(status);
    if (ran_out_of_memory_) how += ", probably out of memory";
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
