#include "actors/node/node_host.h"

#include <sys/epoll.h>

#include <algorithm>
#include <exception>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/node/node.h"
#include "actors/node/node_setup.h"

namespace offstage {
namespace {

constexpr std::chrono::milliseconds kind_time{100};     // At least, before the kills.
constexpr std::chrono::milliseconds reaping_time{250};  // For a fork server, after the kills.
constexpr std::chrono::milliseconds force_time{500};    // For everything that follows the kills.
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
      server_(executable_, std::move(how.environment), std::move(how.preload), how.preload_errors,
              [this](const auto& output) { relay(output); }) {}

std::shared_ptr<node_host> node_host::make(setup how) {
  std::shared_ptr<node_host> out(new node_host(std::move(how)), destroy);
  // Tasks, and their arguments with them, may outlive the host.
  out->segments_ =
      segment_store::make({}, [weak = std::weak_ptr(out)](segment_store::clock::time_point when) {
        const auto host = weak.lock();
        if (!host || !host->begun_.load(std::memory_order_acquire)) return;
        host->lanes().call_at(when, [self = host.get()] { self->trim_segments(); });
      });
  return out;
}

void node_host::destroy(node_host* host) noexcept {
  if (host->elsewhere()) return;
  const bool own_thread =
      (host->lanes_ && host->lanes_->here()) || (host->outputs_ && host->outputs_->here());
  if (!own_thread) {
    delete host;
    return;
  }
  // The last one to need it is one of its own threads, which another one need not wait for.
  try {
    std::thread([host] { delete host; }).detach();
  } catch (const std::exception&) {
    // None is to be had. A thread of its own may do it, too, and ends afterwards.
    delete host;
  }
}

node_host::~node_host() {
  bool ended;
  {
    sync::lock held(mutex_);
    ended = ending_;
  }
  if (!ended) end(std::chrono::steady_clock::now());
  if (segments_) segments_->close();
  if (outputs_stuck_) static_cast<void>(outputs_.release());
}

void node_host::begin() {
  if (begun_.load(std::memory_order_acquire)) {
    begun_in_.require_this("worker_pool::submit");
    return;
  }
  sync::lock held(mutex_);
  if (begun_.load(std::memory_order_relaxed)) return;
  if (ending_) throw_ending();
  auto outputs = std::make_unique<reactor>("offstage-output");
  auto logs = std::make_unique<log_relay>();
  auto lanes = std::make_unique<reactor>("offstage-lanes");
  // A sink that takes long must not keep the lanes waiting.
  lanes->post([to = logs.get()] { log::carry_for_thread(*to); });
  begun_in_ = sync::process_mark();
  outputs_ = std::move(outputs);
  logs_ = std::move(logs);
  lanes_ = std::move(lanes);
  begun_.store(true, std::memory_order_release);
}

void node_host::trim_segments() {
  const auto gone = segments_->trim();
  if (gone.empty()) return;
  for (const auto& each : all()) each->forget_segments(gone);
}

std::vector<std::shared_ptr<node>> node_host::all() const {
  sync::lock held(mutex_);
  return {present_.begin(), present_.end()};
}

node_host::start_in_progress::start_in_progress(node_host& host) : host_(host) {
  host.begin();
  sync::lock held(host.mutex_);
  if (host.ending_) throw_ending();
  ++host.starts_;
}

node_host::start_in_progress::~start_in_progress() {
  sync::lock held(host_.mutex_);
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
  sync::lock held(mutex_);
  if (ending_) throw_ending();
  present_.insert(begun);
}

void node_host::leave(const node& ended) {
  std::shared_ptr<node> gone;  // Destroyed with the lock released.
  sync::lock held(mutex_);
  const auto found = std::find_if(present_.begin(), present_.end(),
                                  [&](const auto& each) { return each.get() == &ended; });
  if (found == present_.end()) return;
  gone = *found;
  present_.erase(found);
  left_.notify_all();
}

void node_host::relay(const std::shared_ptr<line_relay>& output) {
  {
    sync::lock held(mutex_);
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
  std::vector<std::weak_ptr<line_relay>> relays;
  {
    sync::lock held(mutex_);
    relays = relays_;
  }
  auto finish = [relays = std::move(relays), done] {
    for (const auto& each : relays) {
      if (const auto output = each.lock()) output->finish();
    }
    done->set_value();
  };
  if (outputs_->here()) {
    finish();
  } else {
    outputs_->post(std::move(finish));
  }
  return finished.wait_until(deadline) == std::future_status::ready;
}

bool node_host::await_none(std::chrono::steady_clock::time_point deadline) const {
  sync::lock held(mutex_);
  while (!present_.empty() || starts_ != 0) {
    if (!left_.wait_until(held, deadline)) return present_.empty() && starts_ == 0;
  }
  return true;
}

void node_host::end(std::chrono::steady_clock::time_point deadline) noexcept {
  if (elsewhere()) return;
  {
    sync::lock held(mutex_);
    ending_ = true;
  }
  // Nothing begins from here on.
  if (!begun_.load(std::memory_order_acquire)) return;
  try {
    end_workers(deadline);
  } catch (const std::exception& error) {
    log::line(log_room::node, log_level::error, "the workers of a context cannot be ended: {}",
              error.what());
  }
}

void node_host::end_workers(std::chrono::steady_clock::time_point deadline) {
  const auto now = std::chrono::steady_clock::now();
  const auto force_at = std::max(deadline - force_time, now + kind_time);
  for (const auto& each : all()) each->stop(force_at - now);
  if (!await_none(force_at)) {
    for (const auto& each : all()) each->kill();
    // The fork server reaps them; but a start may wait for it that never comes to an end.
    if (!await_none(force_at + reaping_time)) {
      server_.end();
      if (!await_none(force_at + force_time)) tell_who_is_left();
    }
  }
  server_.end();
  const auto last = std::max(deadline, std::chrono::steady_clock::now() + output_time);
  // A thread that is stuck in a terminal that was stopped is left alone.
  outputs_stuck_ = !finish_outputs(last);
  logs_->finish(last);
}

void node_host::tell_who_is_left() const {
  std::string who;
  for (const auto& each : all()) {
    who += (who.empty() ? "" : ", ") + std::to_string(each->process_id());
  }
  int starts;
  {
    sync::lock held(mutex_);
    starts = starts_;
  }
  log::line(log_room::node, log_level::error,
            "worker processes have not ended although they were killed, and are left alone: {}; "
            "{} are being started",
            who.empty() ? "none" : who, starts);
}

}  // namespace offstage
