#include "actors/node/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

extern char** environ;

namespace offstage {
namespace {

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
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~spawn_setup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  spawn_setup(const spawn_setup&) = delete;
  spawn_setup& operator=(const spawn_setup&) = delete;
};

std::vector<char*> environment_with(const std::vector<std::string>& additions) {
  const auto name_of = [](const char* entry) {
    const auto* const equals = strchr(entry, '=');
    return std::string(
        entry, equals == nullptr ? strlen(entry) : static_cast<std::size_t>(equals - entry));
  };
  std::vector<char*> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const auto name = name_of(*entry);
    if (std::none_of(additions.begin(), additions.end(),
                     [&](const auto& each) { return name_of(each.c_str()) == name; })) {
      out.push_back(*entry);
    }
  }
  for (const auto& each : additions) out.push_back(const_cast<char*>(each.c_str()));
  out.push_back(nullptr);
  return out;
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
      const auto* const name = strsignal(value);
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

  auto environment = environment_with(what.environment);
  char name[] = "offstage-worker";
  char* const arguments[] = {name, nullptr};
  const int error = posix_spawn(&id_, what.executable.c_str(), &setup.actions, &setup.attributes,
                                arguments, environment.data());
  if (error != 0) fail(error, ("worker process: cannot start " + what.executable).c_str());
  try {
    end_ = pidfd_of(id_);
  } catch (...) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
    throw;
  }
}

child_process::~child_process() {
  if (reaped_) return;
  signal(SIGKILL);
  reap();
}

void child_process::signal(int number) noexcept {
  if (!reaped_) syscall(SYS_pidfd_send_signal, end_.get(), number, nullptr, 0);
}

exit_status child_process::reap() noexcept {
  exit_status out;
  if (reaped_.exchange(true)) return out;
  int status = 0;
  pid_t got;
  do {
    got = waitpid(id_, &status, 0);
  } while (got < 0 && errno == EINTR);
  if (got != id_) return out;
  if (WIFEXITED(status)) return {exit_status::how::exited, WEXITSTATUS(status)};
  if (WIFSIGNALED(status)) return {exit_status::how::signaled, WTERMSIG(status)};
  return out;
}

descriptor own_end() { return pidfd_of(getpid()); }

}  // namespace offstage
