#include "actors/node/fork_server_main.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/node/child_node.h"
#include "actors/node/fork_link.h"
#include "actors/node/node_main.h"
#include "actors/node/node_setup.h"
#include "actors/node/signals.h"
#include "actors/task/code_address.h"
#include "messages/handshake.h"
#include "messages/launch.h"

namespace offstage {
namespace {

// The entries of a folder that are numbers.
std::set<int> numbers_in(const char* folder) {
  std::set<int> out;
  DIR* const open = opendir(folder);
  if (open == nullptr) return out;
  while (const auto* entry = readdir(open)) {
    if (entry->d_name[0] != '.') out.insert(std::atoi(entry->d_name));
  }
  out.erase(dirfd(open));
  closedir(open);
  return out;
}

std::set<int> open_descriptors() { return numbers_in("/proc/self/fd"); }

std::uint32_t thread_count() {
  return static_cast<std::uint32_t>(numbers_in("/proc/self/task").size());
}

std::string what_is(int number) {
  char target[256] = {};
  const auto path = "/proc/self/fd/" + std::to_string(number);
  const auto size = readlink(path.c_str(), target, sizeof target - 1);
  return std::to_string(number) + " (" + (size > 0 ? target : "unknown") + ")";
}

// Runs a step; throws what it throws.
void take(const preload_order::step& step, void*& library) {
  const auto call = [](const void* code) {
    reinterpret_cast<void (*)()>(const_cast<void*>(code))();
  };
  switch (step.kind) {
    case preload_order::what::library: {
      // Unresolved names are found here, and not in each worker.
      void* const got = dlopen(step.text.c_str(), RTLD_NOW | RTLD_GLOBAL);
      if (got == nullptr) throw std::runtime_error(dlerror());
      library = got;
      return;
    }
    case preload_order::what::symbol: {
      dlerror();
      void* const got = dlsym(library == nullptr ? RTLD_DEFAULT : library, step.text.c_str());
      if (got == nullptr) {
        const auto* const why = dlerror();
        throw std::runtime_error(why != nullptr ? why : "it is null");
      }
      return call(got);
    }
    case preload_order::what::function:
      return call(function_at({step.module, step.offset}));
  }
}

preload_answer preload(const preload_order& order) {
  preload_answer out;
  for (const auto& each : order.modules) learn_module({each.path, each.build_id});
  void* library = nullptr;
  auto threads = thread_count();
  auto known = open_descriptors();
  if (threads > 1) {
    out.problems.push_back("before `worker_entry` is called there are " + std::to_string(threads) +
                           " threads already");
  }
  for (const auto& step : order.steps) {
    const auto complain = [&](const std::string& why) {
      out.problems.push_back("preload of " + step.name + ": " + why);
    };
    try {
      take(step, library);
    } catch (const std::exception& error) {
      complain(error.what());
    } catch (...) {
      complain("it threw something that is no std::exception");
    }
    if (const auto now = thread_count(); now != threads) {
      complain("there are " + std::to_string(now) + " threads after it");
      threads = now;
    }
    auto now = open_descriptors();
    for (const int number : now) {
      if (!known.contains(number)) {
        complain("it leaves descriptor " + what_is(number) + " open, which workers do not have");
      }
    }
    known.swap(now);
  }
  out.threads = threads;
  return out;
}

// In the worker: only what it was given, under the numbers that it expects.
void arrange(const std::vector<descriptor>& given, const std::vector<int>& numbers) {
  std::vector<int> moved;
  for (std::size_t i = 1; i < given.size(); ++i) {
    moved.push_back(fcntl(given[i].get(), F_DUPFD_CLOEXEC, 64));
  }
  int last = STDERR_FILENO;
  for (std::size_t i = 1; i < given.size(); ++i) {
    dup2(moved[i - 1], numbers[i]);
    last = std::max(last, numbers[i]);
  }
  for (int number = STDERR_FILENO + 1; number < last; ++number) {
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) close(number);
  }
  close_range(static_cast<unsigned>(last) + 1, ~0U, 0);
}

class server {
 public:
  server() : link_(descriptor(lane_descriptor)) {
    sigemptyset(&child_);
    sigaddset(&child_, SIGCHLD);
    // A status that nobody wants to know is no reason to end.
    auto blocked = child_;
    sigaddset(&blocked, SIGPIPE);
    sigprocmask(SIG_BLOCK, &blocked, &usual_);
    ends_ = descriptor(signalfd(-1, &child_, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!ends_) _exit(1);
  }

  [[noreturn]] void serve() {
    if (!link_.send(make_handshake({}))) _exit(parent_gone);
    const auto first = link_.receive();
    if (!first) _exit(0);
    // Nobody looks for the end of the parent while the user's code runs, which may never return.
    // So that is a signal meanwhile: the other end of the link is closed.
    hear_by_signal(true);
    const auto done = preload(read_preload(first->words));
    hear_by_signal(false);
    if (!link_.send(make_preloaded(done))) _exit(parent_gone);
    for (;;) {
      pollfd events[] = {
          {parent_descriptor, POLLIN, 0}, {ends_.get(), POLLIN, 0}, {link_.handle(), POLLIN, 0}};
      if (::poll(events, 3, -1) < 0) continue;
      if (events[0].revents != 0) _exit(parent_gone);
      if (events[1].revents != 0) tell_ends();
      if (events[2].revents != 0) launch();
    }
  }

 private:
  // SIGIO ends a process that does not expect it.
  void hear_by_signal(bool yes) {
    fcntl(link_.handle(), F_SETOWN, getpid());
    const int flags = fcntl(link_.handle(), F_GETFL);
    fcntl(link_.handle(), F_SETFL, yes ? flags | O_ASYNC : flags & ~O_ASYNC);
    pollfd parent{parent_descriptor, POLLIN, 0};
    if (yes && ::poll(&parent, 1, 0) != 0) _exit(parent_gone);
  }

  void launch() {
    const auto order = link_.receive();
    // The parent wants no more workers.
    if (!order) _exit(0);
    const auto what = read_launch(order->words);
    descriptor folder;
    if (!order->complete || what.numbers.size() != order->enclosed.size()) {
      refuse(EMFILE);
      return;
    }
    if (!what.working_directory.empty()) {
      folder = descriptor(open(what.working_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!folder) {
        refuse(errno);
        return;
      }
    }
    // Nothing is to be printed twice.
    std::fflush(nullptr);
    const int id = fork();
    if (id == 0) {
      setpgid(0, 0);
      if (folder && fchdir(folder.get()) != 0) _exit(1);
      arrange(order->enclosed, what.numbers);
      for (const auto& each : own_actions_) each.give_back();
      sigprocmask(SIG_SETMASK, &usual_, nullptr);
      clearenv();
      // They stay for as long as the process lives.
      for (const auto& each : what.environment) putenv(strdup(each.c_str()));
      // From within here, since what is closed on the way out has other owners now.
      node_main();
    }
    if (id < 0) {
      refuse(errno);
      return;
    }
    // Nobody but this process reaps it, so that it is the one even if it has ended.
    const descriptor handle(static_cast<int>(syscall(SYS_pidfd_open, id, 0)));
    const int error = handle ? 0 : errno;
    if (!handle) ::kill(id, SIGKILL);
    statuses_.emplace(id, descriptor(fcntl(order->enclosed[0].get(), F_DUPFD_CLOEXEC, 8)));
    const int enclosed[] = {handle.get()};
    link_.send(make_launched({handle ? id : 0, error}),
               std::span(enclosed, static_cast<std::size_t>(handle ? 1 : 0)));
  }

  void refuse(int error) { link_.send(make_launched({0, error})); }

  void tell_ends() {
    signalfd_siginfo which;
    while (::read(ends_.get(), &which, sizeof which) > 0) {
    }
    // One signal may stand for several ends. Children of preloaded code are its own.
    for (auto each = statuses_.begin(); each != statuses_.end();) {
      int status;
      if (waitpid(each->first, &status, WNOHANG) == each->first) {
        [[maybe_unused]] auto told = ::write(each->second.get(), &status, sizeof status);
        each = statuses_.erase(each);
      } else {
        ++each;
      }
    }
  }

  // An interrupt is for the application. Where that ignores the others, this would not know how
  // workers end, and would outlive its parent.
  const std::array<own_action, 3> own_actions_ = {
      own_action(SIGINT, SIG_IGN), own_action(SIGCHLD, SIG_DFL), own_action(SIGIO, SIG_DFL)};
  fork_link link_;
  descriptor ends_;
  sigset_t child_;
  sigset_t usual_;
  std::map<int, descriptor> statuses_;
};

}  // namespace

void fork_server_main() {
  fcntl(lane_descriptor, F_SETFD, FD_CLOEXEC);
  fcntl(parent_descriptor, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_NAME, "offstage-server");
  setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    server().serve();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "offstage: fork server: %s\n", error.what());
    std::fflush(stderr);
    _exit(1);
  }
}

}  // namespace offstage
