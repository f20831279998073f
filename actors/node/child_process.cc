#include "actors/node/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>

extern char** environ;

namespace offstage {
namespace {

constexpr std::chrono::milliseconds end_time{500};  // After a kill.

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

descriptor pidfd_of(int id) {
  descriptor out(static_cast<int>(syscall(SYS_pidfd_open, id, 0)));
  if (!out) fail(errno, "worker process: pidfd_open");
  return out;
}

// What is given must not lie where something else is put before its turn.
descriptor out_of_the_way(int number) {
  descriptor out(fcntl(number, F_DUPFD_CLOEXEC, 64));
  if (!out) fail(errno, "worker process: no descriptor left");
  return out;
}

struct spawn_setup {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  spawn_setup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~spawn_setup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  spawn_setup(const spawn_setup&) = delete;
  spawn_setup& operator=(const spawn_setup&) = delete;
};

exit_status status_from(int status) noexcept {
  if (WIFEXITED(status)) return {exit_status::how::exited, WEXITSTATUS(status)};
  if (WIFSIGNALED(status)) return {exit_status::how::signaled, WTERMSIG(status)};
  return {};
}

bool readable(int number) noexcept {
  pollfd ready{number, POLLIN, 0};
  return ::poll(&ready, 1, 0) == 1;
}

bool has_bytes(int number) noexcept {
  int count = 0;
  return ::ioctl(number, FIONREAD, &count) == 0 && count > 0;
}

// True if processes without a parent are given to this one.
bool adopts_orphans() noexcept {
  int yes = 0;
  return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &yes) == 0 && yes != 0);
}

// How a child of this process ended; nothing if it has not ended, or is none.
std::optional<exit_status> take_status(int end, int options) noexcept {
  siginfo_t info{};
  int got;
  do {
    got = waitid(P_PIDFD, static_cast<id_t>(end), &info, WEXITED | options);
  } while (got != 0 && errno == EINTR);
  if (got != 0 || info.si_pid == 0) return std::nullopt;
  const bool exited = info.si_code == CLD_EXITED;
  return exit_status{exited ? exit_status::how::exited : exit_status::how::signaled,
                     info.si_status};
}

bool ends_within(int end, std::chrono::milliseconds limit) noexcept {
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd ready{end, POLLIN, 0};
    const int got = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (got >= 0 || errno != EINTR) return got == 1;
  }
}

}  // namespace

descriptor::descriptor(int number) noexcept : number_(number) {
  if (number < 0 || number > STDERR_FILENO) return;
  const int other = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (other < 0) return;
  ::close(number);
  number_ = other;
}

void descriptor::close() noexcept {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

std::string exit_status::text() const {
  switch (kind) {
    case how::exited:
      return "exited with code " + std::to_string(value);
    case how::signaled: {
      // In no language of the environment, which this thread must not read.
      const auto* const name = sigdescr_np(value);
      return "was killed by signal " + std::to_string(value) + " (" +
             (name != nullptr ? name : "unknown") + ")";
    }
    case how::lost:
      return "ended in a way that nobody saw";
  }
  return {};
}

child_process::child_process(const plan& what) {
  spawn_setup setup;
  std::vector<descriptor> moved;
  int numbers = STDERR_FILENO + 1;
  posix_spawn_file_actions_addopen(&setup.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (const auto& [ours, number] : what.given) {
    moved.push_back(out_of_the_way(ours));
    posix_spawn_file_actions_adddup2(&setup.actions, moved.back().get(), number);
    numbers = std::max(numbers, number + 1);
  }
  const auto is_given = [&](int number) {
    return std::any_of(what.given.begin(), what.given.end(),
                       [&](const auto& each) { return each.second == number; });
  };
  for (int between = STDERR_FILENO + 1; between < numbers; ++between) {
    if (!is_given(between)) posix_spawn_file_actions_addclose(&setup.actions, between);
  }
  posix_spawn_file_actions_addclosefrom_np(&setup.actions, numbers);

  auto executable = what.executable;
  if (!what.working_directory.empty()) {
    // Its path is one of ours, and not one from there.
    executable = std::filesystem::absolute(executable);
    posix_spawn_file_actions_addchdir_np(&setup.actions, what.working_directory.c_str());
  }
  auto variables = what.environment;
  std::vector<char*> environment;
  for (auto& each : variables) environment.push_back(each.data());
  environment.push_back(nullptr);
  char name[] = "offstage-worker";
  char* const arguments[] = {name, nullptr};
  const int error = posix_spawn(&id_, executable.c_str(), &setup.actions, &setup.attributes,
                                arguments, environment.data());
  if (error != 0) {
    const auto where = what.working_directory.empty() ? "" : " in " + what.working_directory;
    fail(error, ("worker process: cannot start " + executable + where).c_str());
  }
  try {
    end_ = pidfd_of(id_);
  } catch (...) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
    throw;
  }
}

child_process::child_process(forked made) noexcept
    : id_(made.id), end_(std::move(made.end)), status_(std::move(made.status)) {}

child_process::~child_process() {
  if (reaped_) return;
  signal(SIGKILL);
  reap(end_time);
}

int child_process::signal(int number) noexcept {
  if (reaped_) return 0;
  if (syscall(SYS_pidfd_send_signal, end_.get(), number, nullptr, 0) == 0) return 0;
  return errno == ESRCH ? 0 : errno;
}

bool child_process::status_known() const noexcept {
  if (!readable(told())) return false;
  if (!status_ || has_bytes(status_.get())) return true;
  // The server has gone. Where its children are left to this process, that is in a moment.
  return !adopts_orphans() || take_status(end_.get(), WNOHANG | WNOWAIT);
}

exit_status child_process::reap(std::optional<std::chrono::milliseconds> limit) noexcept {
  if (reaped_) return {};
  if (status_) {
    reaped_ = true;
    // If the server has gone, it may be a child of this process by now.
    const auto own = take_status(end_.get(), WNOHANG);
    int status = 0;
    const bool told =
        has_bytes(status_.get()) && ::read(status_.get(), &status, sizeof status) == sizeof status;
    return told ? status_from(status) : own.value_or(exit_status{});
  }
  // One that was stopped in the kernel, or by a debugger, has not ended although it was killed.
  if (limit && !ends_within(end_.get(), *limit)) return {};
  reaped_ = true;
  return take_status(end_.get(), 0).value_or(exit_status{});
}

std::vector<std::string> environment_with(const std::vector<std::string>& additions) {
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::none_of(additions.begin(), additions.end(),
                     [&](const auto& each) { return name_of(each) == name_of(*entry); })) {
      out.emplace_back(*entry);
    }
  }
  out.insert(out.end(), additions.begin(), additions.end());
  return out;
}

descriptor own_end() { return pidfd_of(getpid()); }

}  // namespace offstage
