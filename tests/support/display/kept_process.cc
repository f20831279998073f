#include "tests/support/display/kept_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "tests/support/display/eventually.h"
#include "tests/support/display/keeper_message.h"

namespace offstage::display {
namespace {

constexpr int control_in_keeper = 3;

std::string contents(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
  path += suffix;
  return path;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointed;
  for (const std::string& string : strings) pointed.push_back(const_cast<char*>(string.c_str()));
  pointed.push_back(nullptr);
  return pointed;
}

// Signals as a program expects them, whatever the test's own are.
class spawn_attributes {
 public:
  spawn_attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~spawn_attributes() { posix_spawnattr_destroy(&attributes_); }
  spawn_attributes(const spawn_attributes&) = delete;
  spawn_attributes& operator=(const spawn_attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

class spawn_files {
 public:
  spawn_files() { posix_spawn_file_actions_init(&actions_); }
  ~spawn_files() { posix_spawn_file_actions_destroy(&actions_); }
  spawn_files(const spawn_files&) = delete;
  spawn_files& operator=(const spawn_files&) = delete;

  void open(int descriptor, const std::filesystem::path& path, int flags) {
    posix_spawn_file_actions_addopen(&actions_, descriptor, path.c_str(), flags, 0644);
  }
  void duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

}  // namespace

kept_process::kept_process(const options& chosen) : name_{chosen.program}, output_{chosen.output} {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::runtime_error{std::string{"no socket pair: "} + std::strerror(errno)};
  }
  control_ = ends[0];

  std::vector<std::string> arguments{runfile("tests/support/display/keeper"),
                                     std::to_string(control_in_keeper), chosen.program};
  arguments.insert(arguments.end(), chosen.arguments.begin(), chosen.arguments.end());
  spawn_files files;
  // First, so that none of the files takes its place while it is still needed.
  files.duplicate(ends[1], control_in_keeper);
  files.open(0, "/dev/null", O_RDONLY);
  constexpr int written_anew = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
  files.open(1, with_suffix(output_, ".stdout"), written_anew);
  files.open(2, with_suffix(output_, ".stderr"), written_anew);
  const spawn_attributes attributes;
  const int error = posix_spawn(&keeper_, arguments[0].c_str(), files.get(), attributes.get(),
                                pointers(arguments).data(), pointers(chosen.environment).data());
  close(ends[1]);
  if (error != 0) {
    close(control_);
    throw std::runtime_error{"cannot start " + arguments[0] + ": " + std::strerror(error)};
  }

  keeper_message first{};
  if (recv(control_, &first, sizeof first, 0) == sizeof first &&
      first.news == keeper_news::started) {
    pid_ = first.value;
    return;
  }
  // Its news may come before those of its start.
  let_go();
  wait_for_keeper();
  throw std::runtime_error{"cannot start " + name_ + ": " +
                           (first.news == keeper_news::not_started ? std::strerror(first.value)
                                                                   : "its keeper has ended")};
}

kept_process::~kept_process() {
  let_go();
  wait_for_keeper();
}

void kept_process::wait_for_keeper() {
  int status = 0;
  while (waitpid(keeper_, &status, 0) < 0 && errno == EINTR) {
  }
}

void kept_process::let_go() {
  if (control_ >= 0) close(std::exchange(control_, -1));
}

void kept_process::hear() {
  keeper_message heard{};
  while (control_ >= 0 && !exit_code_) {
    const ssize_t size = recv(control_, &heard, sizeof heard, MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size != sizeof heard) throw std::runtime_error{"the keeper of " + name_ + " has ended"};
    if (heard.news == keeper_news::not_started) {
      throw std::runtime_error{"cannot start " + name_ + ": " + std::strerror(heard.value)};
    }
    if (heard.news == keeper_news::ended) {
      exit_code_ = WIFEXITED(heard.value) ? WEXITSTATUS(heard.value) : 128 + WTERMSIG(heard.value);
    }
  }
}

std::optional<int> kept_process::exit_code() {
  hear();
  return exit_code_;
}

int kept_process::wait_for_exit() {
  await(name_ + " ends", [this] { return exit_code().has_value(); });
  return *exit_code_;
}

void kept_process::send_signal(int number) const {
  if (!exit_code_) kill(pid_, number);
}

std::vector<listed_process> kept_process::descendants() const {
  std::vector<listed_process> found = descendants_of(keeper_);
  std::erase_if(found, [this](const listed_process& process) { return process.pid == pid_; });
  return found;
}

std::string kept_process::standard_output() const {
  return contents(with_suffix(output_, ".stdout"));
}

std::string kept_process::standard_error() const {
  return contents(with_suffix(output_, ".stderr"));
}

std::filesystem::path runfile(const std::string& path) {
  const char* runfiles = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  std::filesystem::path folder =
      runfiles != nullptr ? std::filesystem::path{runfiles}
                          : std::filesystem::read_symlink("/proc/self/exe") += ".runfiles";
  folder /= workspace != nullptr ? workspace : "offstage";
  if (!std::filesystem::exists(folder / path)) {
    throw std::runtime_error{path + " is not among the data of this test (in " + folder.string() +
                             ")"};
  }
  return folder / path;
}

std::filesystem::path outputs_folder() {
  for (const char* name : {"TEST_UNDECLARED_OUTPUTS_DIR", "TEST_TMPDIR"}) {
    const char* folder = std::getenv(name);
    if (folder != nullptr && *folder != '\0') return folder;
  }
  return std::filesystem::temp_directory_path();
}

}  // namespace offstage::display
