#include "tests/examples/program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <system_error>

extern char** environ;

namespace offstage::testing {
namespace {

using clock = std::chrono::steady_clock;

void require(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

void close_end(int& end) {
  if (end >= 0) ::close(end);
  end = -1;
}

// What posix_spawn is told, freed at the end.
struct spawn_plan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  spawn_plan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // Signals are as for a program that was started by hand, whatever the test's runner did.
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
  }
  ~spawn_plan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

// Leads one of the program's streams; returns the test's end of a pipe, or -1, and keeps in
// `given` the end to be closed after the start.
int lead(spawn_plan& plan, int number, stream where, int& given) {
  switch (where) {
    case stream::pipe: {
      int ends[2];
      require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
      posix_spawn_file_actions_adddup2(&plan.actions, ends[1], number);
      given = ends[1];
      return ends[0];
    }
    case stream::terminal:
      posix_spawn_file_actions_adddup2(&plan.actions, STDIN_FILENO, number);
      return -1;
    case stream::closed:
      posix_spawn_file_actions_addclose(&plan.actions, number);
      return -1;
    case stream::full:
      posix_spawn_file_actions_addopen(&plan.actions, number, "/dev/full", O_WRONLY, 0);
      return -1;
  }
  return -1;
}

// False at the end of the stream.
bool read_into(int end, std::string& text) {
  char block[65536];
  const auto got = ::read(end, block, sizeof block);
  if (got > 0) text.append(block, static_cast<std::size_t>(got));
  // A terminal whose program is gone answers EIO.
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

worker_process::worker_process(pid_t id)
    : id_(id),
      handle_(new int(static_cast<int>(::syscall(SYS_pidfd_open, id, 0))), [](const int* handle) {
        ::close(*handle);
        delete handle;
      }) {
  require(*handle_ >= 0, "pidfd_open");
}

bool worker_process::has_open(const std::filesystem::path& file) const {
  const auto name = std::filesystem::canonical(file);
  std::error_code gone;
  const std::filesystem::directory_iterator none;
  const auto folder = "/proc/" + std::to_string(id_) + "/fd";
  for (std::filesystem::directory_iterator each(folder, gone); !gone && each != none;
       each.increment(gone)) {
    if (std::filesystem::read_symlink(*each, gone) == name) return true;
  }
  return false;
}

void worker_process::kill() const {
  ::syscall(SYS_pidfd_send_signal, *handle_, SIGKILL, nullptr, 0);
}

bool worker_process::wait() const {
  pollfd end{*handle_, POLLIN, 0};
  return ::poll(&end, 1, 60'000) == 1;
}

program::program(std::vector<std::string> command, const program_setup& setup) {
  spawn_plan plan;
  short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  int slave = -1;
  if (setup.out == stream::terminal || setup.err == stream::terminal) {
    const winsize size{24, setup.columns, 0, 0};
    char name[128];
    require(::openpty(&terminal_end_, &slave, name, nullptr, &size) == 0, "openpty");
    ::fcntl(terminal_end_, F_SETFD, FD_CLOEXEC);
    ::fcntl(slave, F_SETFD, FD_CLOEXEC);
    // The first terminal that the leader of a session opens becomes its own: Ctrl-C is a signal.
    flags |= POSIX_SPAWN_SETSID;
    posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, name, O_RDWR, 0);
  } else {
    posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, setup.in.c_str(), O_RDONLY, 0);
  }
  int out_given = -1;
  int err_given = -1;
  out_end_ = lead(plan, STDOUT_FILENO, setup.out, out_given);
  err_end_ = lead(plan, STDERR_FILENO, setup.err, err_given);
  posix_spawn_file_actions_addchdir_np(&plan.actions, setup.folder.c_str());
  posix_spawnattr_setflags(&plan.attributes, flags);

  std::vector<char*> arguments;
  for (auto& each : command) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  errno = ::posix_spawnp(&id_, arguments[0], &plan.actions, &plan.attributes, arguments.data(),
                         environ);
  const int error = errno;
  for (int* end : {&slave, &out_given, &err_given}) close_end(*end);
  errno = error;
  require(error == 0, arguments[0]);
}

program::~program() {
  if (!ended_) {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  for (int* end : {&out_end_, &err_end_, &terminal_end_}) close_end(*end);
}

bool program::read_some(int milliseconds) {
  pollfd ready[] = {
      {reads_out_ ? out_end_ : -1, POLLIN, 0}, {err_end_, POLLIN, 0}, {terminal_end_, POLLIN, 0}};
  const int found = ::poll(ready, std::size(ready), milliseconds);
  look_at_memory();
  if (found <= 0) return true;
  if (ready[0].revents != 0 && !read_into(out_end_, out_)) close_end(out_end_);
  if (ready[1].revents != 0 && !read_into(err_end_, err_)) close_end(err_end_);
  if (ready[2].revents != 0 && !read_into(terminal_end_, screen_)) close_end(terminal_end_);
  return out_end_ >= 0 || err_end_ >= 0 || terminal_end_ >= 0;
}

// What wait4 tells would also count the memory of the test, which the program had until its exec.
void program::look_at_memory() {
  std::ifstream status("/proc/" + std::to_string(id_) + "/status");
  const std::string field = "VmHWM:";
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field, 0) == 0) memory_max_kib_ = std::stol(line.substr(field.size()));
  }
}

bool program::read_until(const std::function<bool()>& enough) {
  const auto end = clock::now() + std::chrono::minutes(1);
  while (!enough()) {
    if (clock::now() >= end || !read_some(reads_out_ ? 1000 : 10)) return enough();
  }
  return true;
}

std::size_t program::unread_out() const {
  int size = 0;
  require(::ioctl(out_end_, FIONREAD, &size) == 0, "FIONREAD");
  return static_cast<std::size_t>(size);
}

void program::type(const std::string& keys) {
  require(::write(terminal_end_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()),
          "typing");
}

void program::close_out() { close_end(out_end_); }

void program::send(int signal) { ::kill(id_, signal); }

namespace {

void add_children(pid_t parent, std::vector<pid_t>& found) {
  std::error_code ended;
  const auto threads = "/proc/" + std::to_string(parent) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(threads, ended)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t id; children >> id;) {
      found.push_back(id);
      add_children(id, found);
    }
  }
}

bool is_worker(pid_t id) {
  std::ifstream name("/proc/" + std::to_string(id) + "/comm");
  std::string text;
  return std::getline(name, text) && text == "offstage-worker";
}

}  // namespace

std::vector<worker_process> program::workers() const {
  std::vector<pid_t> family;
  add_children(id_, family);
  std::vector<worker_process> found;
  for (const auto id : family) {
    if (!is_worker(id)) continue;
    try {
      found.emplace_back(id);
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::no_such_process) throw;
    }
  }
  return found;
}

bool program::wait() {
  const auto end = clock::now() + std::chrono::minutes(2);
  while (out_end_ >= 0 || err_end_ >= 0 || terminal_end_ >= 0) {
    if (clock::now() >= end) return false;
    read_some(1000);
  }
  // Its streams have ended, or there were none: it ends now, or hangs.
  while (!ended_) {
    ended_ = ::waitpid(id_, &status_, WNOHANG) == id_;
    if (!ended_ && clock::now() >= end) return false;
    if (!ended_) ::poll(nullptr, 0, 5);
  }
  return true;
}

std::optional<int> program::exit_code() const {
  if (!ended_ || !WIFEXITED(status_)) return std::nullopt;
  return WEXITSTATUS(status_);
}

int program::killed_by() const { return ended_ && WIFSIGNALED(status_) ? WTERMSIG(status_) : 0; }

std::string shown_by_terminal(const std::string& written) {
  std::string shown;
  std::string line;
  std::size_t column = 0;
  const auto finish = [&] {
    shown += line.substr(0, line.find_last_not_of(' ') + 1);
    line.clear();
  };
  for (const char each : written) {
    if (each == '\r') {
      column = 0;
    } else if (each == '\n') {
      finish();
      shown += '\n';
    } else {
      if (line.size() <= column) line.resize(column + 1, ' ');
      line[column++] = each;
    }
  }
  finish();
  return shown;
}

std::string example(const std::string& name) {
  return std::filesystem::absolute("examples/" + name).string();
}

temporary_folder::temporary_folder() {
  const char* base = std::getenv("TEST_TMPDIR");
  auto name = (std::filesystem::path(base != nullptr ? base : "/tmp") / "treeXXXXXX").string();
  require(::mkdtemp(name.data()) != nullptr, "mkdtemp");
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void temporary_folder::write(const std::string& name, const std::string& content) const {
  const auto where = path_ / name;
  std::filesystem::create_directories(where.parent_path());
  std::ofstream(where, std::ios::binary) << content;
}

void temporary_folder::write_sparse(const std::string& name, std::uintmax_t size_bytes) const {
  write(name, "");
  std::filesystem::resize_file(path_ / name, size_bytes);
}

}  // namespace offstage::testing
