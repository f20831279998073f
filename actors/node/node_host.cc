#include "actors/node/node_host.h"

#include <sys/epoll.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/node/node.h"
#include "actors/node/node_setup.h"

namespace offstage {
namespace {

constexpr std::chrono::milliseconds reaping_time{500};  // For a fork server, after the kills.
constexpr std::chrono::milliseconds output_time{200};   // At least, for the last lines.

[[noreturn]] void throw_ending() {
  throw context_closed("worker process: expected an open context, found one that ends");
}

}  // namespace

node_host::node_host(setup how)
    : executable_(std::move(how.executable)),
      may_spawn_instead_(!how.method && how.preload.empty()),
      forks_(how.method != start_method::spawn),
      reading_(how.large_values),
      server_(executable_, std::move(how.preload), how.preload_errors,
              [this](const auto& output) { relay(output); }) {
  // A sink that takes long must not keep the lanes waiting.
  lanes_.post([this] { log::carry_for_thread(logs_); });
}

std::shared_ptr<node_host> node_host::make(setup how) {
  // The last one to need it may be one of its own threads, which cannot join itself.
  std::shared_ptr<node_host> out(new node_host(std::move(how)), [](node_host* host) {
    if (host->lanes_.here() || (host->outputs_ && host->outputs_->here())) {
      std::thread([host] { delete host; }).detach();
    } else {
      delete host;
    }
  });
  // Tasks, and their arguments with them, may outlive the host.
  out->segments_ =
      segment_store::make({}, [weak = std::weak_ptr(out)](segment_store::clock::time_point when) {
        const auto host = weak.lock();
        if (!host) return;
        host->lanes().call_at(when, [self = host.get()] { self->trim_segments(); });
      });
  return out;
}

node_host::~node_host() {
  if (!ending_) end(std::chrono::steady_clock::now());
  if (segments_) segments_->close();
}

void node_host::trim_segments() {
  const auto gone = segments_->trim();
  if (gone.empty()) return;
  std::vector<std::shared_ptr<node>> all;
  {
    std::lock_guard lock(mutex_);
    all.assign(present_.begin(), present_.end());
  }
  for (const auto& each : all) each->forget_segments(gone);
}

node_host::start_in_progress::start_in_progress(node_host& host) : host_(host) {
  std::lock_guard lock(host.mutex_);
  if (host.ending_) throw_ending();
  ++host.starts_;
}

node_host::start_in_progress::~start_in_progress() {
  std::lock_guard lock(host_.mutex_);
  --host_.starts_;
  host_.left_.notify_all();
}

std::unique_ptr<child_process> node_host::start_process(child_process::plan what) {
  if (forks_) {
    try {
      return server_.start(what);
    } catch (const fork_server_has_threads& unsafe) {
      if (!may_spawn_instead_) throw;
      log::line(log_room::node, log_level::warning, "{}; workers are spawned instead",
                unsafe.what());
      forks_ = false;
    }
  }
  // A forked one is told nothing: it knows that it is a worker.
  what.environment.push_back(std::string(node_mark) + "=" + worker_mark);
  return std::make_unique<child_process>(what);
}

void node_host::enter(const std::shared_ptr<node>& begun) {
  std::lock_guard lock(mutex_);
  if (ending_) throw_ending();
  present_.insert(begun);
}

void node_host::leave(const node& ended) {
  std::lock_guard lock(mutex_);
  std::erase_if(present_, [&](const auto& each) { return each.get() == &ended; });
  left_.notify_all();
}

void node_host::relay(const std::shared_ptr<line_relay>& output) {
  {
    std::lock_guard lock(mutex_);
    std::erase_if(relays_, [](const auto& each) { return each.expired(); });
    relays_.push_back(output);
  }
  outputs_->watch(output->handle(), EPOLLIN, [to = outputs_.get(), output](std::uint32_t) {
    if (!output->pass_on()) to->forget(output->handle());
  });
}

// What the workers have printed is passed on; false if somebody does not read it.
bool node_host::finish_outputs(std::chrono::steady_clock::time_point deadline) {
  auto done = std::make_shared<std::promise<void>>();
  auto finished = done->get_future();
  {
    std::lock_guard lock(mutex_);
    outputs_->post([relays = relays_, done] {
      for (const auto& each : relays) {
        if (const auto output = each.lock()) output->finish();
      }
      done->set_value();
    });
  }
  return finished.wait_until(deadline) == std::future_status::ready;
}

void node_host::end(std::chrono::steady_clock::time_point deadline) {
  const auto all = [this] {
    std::lock_guard lock(mutex_);
    ending_ = true;
    return std::vector<std::shared_ptr<node>>(present_.begin(), present_.end());
  };
  for (const auto& each : all()) {
    each->stop(std::max(deadline - std::chrono::steady_clock::now(),
                        std::chrono::steady_clock::duration::zero()));
  }
  std::unique_lock lock(mutex_);
  const auto none = [this] { return present_.empty() && starts_ == 0; };
  if (!left_.wait_until(lock, deadline, none)) {
    lock.unlock();
    for (const auto& each : all()) each->kill();
    lock.lock();
    // The fork server reaps them; but a start may wait for it that never comes to an end.
    if (!left_.wait_for(lock, reaping_time, none)) {
      lock.unlock();
      server_.end();
      lock.lock();
      left_.wait(lock, none);
    }
  }
  lock.unlock();
  server_.end();
  // A thread that is stuck in a terminal that was stopped is left alone.
  if (!finish_outputs(std::max(deadline, std::chrono::steady_clock::now() + output_time))) {
    outputs_.release();
  }
  logs_.finish(std::max(deadline, std::chrono::steady_clock::now() + output_time));
}

}  // namespace offstage
