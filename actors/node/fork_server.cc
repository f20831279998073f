#include "actors/node/fork_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <system_error>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/log/log.h"
#include "actors/node/fork_link.h"
#include "actors/node/lane.h"
#include "actors/node/node_setup.h"
#include "actors/task/code_address.h"
#include "messages/handshake.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds handshake_time{10};
constexpr std::chrono::seconds answer_time{10};
constexpr std::chrono::milliseconds end_time{500};  // After a kill.
constexpr std::size_t last_lines = 20;

bool has_ended(const child_process& process) {
  pollfd end{process.end(), POLLIN, 0};
  return ::poll(&end, 1, 0) == 1;
}

std::pair<descriptor, descriptor> make_status_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "worker process: pipe2");
  }
  return {descriptor(ends[0]), descriptor(ends[1])};
}

// Tells of those modules only in which functions of the steps are: the server loads them.
preload_order order_of(const std::vector<preload_step>& steps) {
  preload_order out;
  std::map<std::uint32_t, std::uint32_t> numbers;  // Of modules: here, and in the order.
  for (const auto& each : steps) {
    preload_order::step step;
    step.name = each.name();
    step.text = each.text();
    switch (each.what()) {
      case preload_step::kind::library:
        step.kind = preload_order::what::library;
        break;
      case preload_step::kind::symbol:
        step.kind = preload_order::what::symbol;
        break;
      case preload_step::kind::function: {
        step.kind = preload_order::what::function;
        const auto where = code_address_of(reinterpret_cast<const void*>(each.code()));
        const auto next = static_cast<std::uint32_t>(out.modules.size());
        const auto [number, is_new] = numbers.emplace(where.module, next);
        if (is_new) {
          const auto module = modules_from(where.module).front();
          out.modules.push_back({module.path, module.build_id});
        }
        step.module = number->second;
        step.offset = where.offset;
        break;
      }
    }
    out.steps.push_back(std::move(step));
  }
  return out;
}

std::string joined(const std::vector<std::string>& problems) {
  std::string out;
  for (const auto& each : problems) out += (out.empty() ? "" : "; ") + each;
  return out;
}

}  // namespace

struct fork_server::running {
  child_process process;
  fork_link link;
  std::shared_ptr<line_relay> errors;

  // What happened to it, once it does not answer any more.
  std::string end() {
    process.signal(SIGKILL);
    return end_with(process.reap(end_time).text());
  }

  std::string end_with(const std::string& how) {
    process.signal(SIGKILL);
    std::string out = "the fork server, process " + std::to_string(process.id()) + ", " + how;
    if (const auto last = errors->last_lines(last_lines); !last.empty()) {
      out += "; its last words: " + last;
    }
    return out;
  }
};

// What a request has to say, which is logged when it has let go of the server: a sink may take its
// time, and may itself want a worker.
class fork_server::notes {
 public:
  notes() = default;
  ~notes() {
    for (const auto& each : lines_) log::write(log_room::node, each.level, each.text);
  }
  notes(const notes&) = delete;
  notes& operator=(const notes&) = delete;

  void add(log_level level, std::string text) { lines_.push_back({level, std::move(text)}); }

 private:
  struct line {
    log_level level;
    std::string text;
  };
  std::vector<line> lines_;
};

fork_server::fork_server(std::string executable, std::vector<std::string> environment,
                         std::vector<preload_step> steps, on_preload_error errors,
                         relay_output relay)
    : executable_(std::move(executable)),
      environment_(std::move(environment)),
      errors_(errors),
      relay_(std::move(relay)),
      steps_(std::move(steps)) {}

fork_server::~fork_server() { end(); }

bool fork_server::preload(preload_step step) {
  sync::lock held(mutex_);
  if (used_) return false;
  steps_.push_back(std::move(step));
  return true;
}

std::optional<int> fork_server::process_id() const {
  sync::lock held(mutex_);
  if (!running_ || has_ended(running_->process)) return std::nullopt;
  return running_->process.id();
}

void fork_server::end() noexcept {
  std::shared_ptr<running> last;
  sync::lock held(mutex_);
  ended_ = true;
  if (running_) running_->process.signal(SIGKILL);
  last.swap(running_);
}

std::unique_ptr<child_process> fork_server::start(const child_process::plan& what) {
  notes said;
  sync::lock request(request_);
  const auto server = have_server(said);
  if (auto out = launch(*server, what)) return out;
  const auto how = server->end();
  said.add(log_level::warning, how);
  let_go();
  throw fork_server_lost("worker process: cannot be forked: " + how);
}

std::shared_ptr<fork_server::running> fork_server::let_go() {
  sync::lock held(mutex_);
  return std::exchange(running_, nullptr);
}

std::shared_ptr<fork_server::running> fork_server::have_server(notes& said) {
  std::shared_ptr<running> before;
  std::vector<preload_step> steps;
  {
    sync::lock held(mutex_);
    if (running_ && !has_ended(running_->process)) return running_;
    before = std::move(running_);
    used_ = true;
    steps = steps_;
  }
  const auto order = order_of(steps);
  auto begun = begin();
  {
    sync::lock held(mutex_);
    if (ended_) {
      throw context_closed("worker process: expected an open context, found one that ends");
    }
    running_ = begun;
  }
  try {
    settle(*begun, order, said);
  } catch (...) {
    begun->process.signal(SIGKILL);
    let_go();
    throw;
  }
  said.add(log_level::debug, "fork server " + std::to_string(begun->process.id()) + " is ready");
  return begun;
}

std::shared_ptr<fork_server::running> fork_server::begin() {
  auto [ours, theirs] = make_lane();
  auto [out_from, out_to] = make_output_pipe();
  auto [err_from, err_to] = make_output_pipe();
  const auto parent = own_end();
  auto environment = environment_;
  environment.push_back(std::string(node_mark) + "=" + fork_server_mark);
  auto out = std::make_shared<line_relay>(std::move(out_from), STDOUT_FILENO);
  auto err = std::make_shared<line_relay>(std::move(err_from), STDERR_FILENO);
  std::shared_ptr<running> begun(new running{child_process({executable_,
                                                            std::move(environment),
                                                            {{out_to.get(), STDOUT_FILENO},
                                                             {err_to.get(), STDERR_FILENO},
                                                             {theirs.get(), lane_descriptor},
                                                             {parent.get(), parent_descriptor}}}),
                                             fork_link(std::move(ours)), err});
  for (const auto& output : {out, err}) relay_(output);
  return begun;
}

// A program that does not call `worker_entry` says nothing.
void fork_server::shake_hands(running& begun) {
  const auto until = std::chrono::steady_clock::now() + handshake_time;
  const auto first = begun.link.receive(handshake_time);
  std::string how;
  if (first) {
    const auto version = read_handshake(first->words).protocol;
    if (version == handshake::protocol_version) return;
    how =
        begun.end_with("speaks version " + std::to_string(version) + " of the protocol, and not " +
                       std::to_string(handshake::protocol_version));
  } else if (std::chrono::steady_clock::now() < until) {
    how = begun.end();
  } else {
    how = begun.end_with(
        "said nothing in 10 seconds; does its `main` call offstage::worker_entry first?");
  }
  throw std::runtime_error("worker process: cannot be forked: " + how);
}

void fork_server::settle(running& begun, const preload_order& order, notes& said) {
  shake_hands(begun);
  std::optional<fork_link::letter> answer;
  // Preloading may take its time.
  if (begun.link.send(make_preload(order))) answer = begun.link.receive();
  if (!answer) {
    throw std::runtime_error("worker process: cannot be forked: while it preloaded, " +
                             begun.end());
  }
  const auto what = read_preloaded(answer->words);
  if (what.threads > 1) {
    throw fork_server_has_threads("worker process: cannot be forked from a process with threads: " +
                                  joined(what.problems));
  }
  if (what.problems.empty() || errors_ == on_preload_error::ignore) return;
  if (errors_ == on_preload_error::fail) {
    throw std::runtime_error("worker process: " + joined(what.problems));
  }
  for (const auto& each : what.problems) {
    said.add(log_level::warning, "fork server " + std::to_string(begun.process.id()) + ": " + each);
  }
}

std::unique_ptr<child_process> fork_server::launch(running& server,
                                                   const child_process::plan& what) {
  auto [status, status_to] = make_status_pipe();
  launch_order order;
  order.environment = what.environment;
  order.working_directory = what.working_directory;
  order.numbers.push_back(-1);
  std::vector<int> enclosed{status_to.get()};
  for (const auto& [ours, number] : what.given) {
    enclosed.push_back(ours);
    order.numbers.push_back(number);
  }
  if (!server.link.send(make_launch(order), enclosed)) return nullptr;
  auto answer = server.link.receive(answer_time);
  if (!answer) return nullptr;
  const auto made = read_launched(answer->words);
  if (made.process == 0 || answer->enclosed.size() != 1) {
    throw std::system_error(made.process == 0 ? made.error : EMFILE, std::generic_category(),
                            "worker process: the fork server cannot start it");
  }
  return std::make_unique<child_process>(
      child_process::forked{made.process, std::move(answer->enclosed[0]), std::move(status)});
}

}  // namespace offstage
