// Child processes: how they start, what they find, and how they end.
//
// The children are this program again, which then does what its environment says.

#include "actors/node/child_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

extern char** environ;

namespace offstage {
namespace {

constexpr const char* role = "CHILD_PROCESS_TEST_ROLE";

// --- The child.

void say(int to, const std::string& text) {
  if (::write(to, text.data(), text.size()) != static_cast<ssize_t>(text.size())) _exit(99);
}

std::set<int> open_descriptors() {
  std::set<int> out;
  DIR* const folder = ::opendir("/proc/self/fd");
  while (const auto* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') out.insert(std::atoi(entry->d_name));
  }
  out.erase(::dirfd(folder));
  ::closedir(folder);
  return out;
}

// Everything that the parent decides, a line each, as "name value".
std::string report(int argc, char** argv) {
  std::ostringstream out;
  out << "arguments";
  for (int i = 0; i < argc; ++i) out << ' ' << argv[i];
  out << "\ndescriptors";
  for (const int each : open_descriptors()) out << ' ' << each;
  out << "\ngroup " << (::getpgrp() == ::getpid() ? "own" : "other");
  char input[256] = {};
  if (::readlink("/proc/self/fd/0", input, sizeof input - 1) < 0) input[0] = '?';
  out << "\ninput " << input;
  out << "\nblocked";
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  for (int i = 1; i < NSIG; ++i) {
    if (sigismember(&mask, i) == 1) out << ' ' << i;
  }
  out << "\nignored";
  for (int i = 1; i < NSIG; ++i) {
    struct sigaction action {};
    if (::sigaction(i, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) out << ' ' << i;
  }
  out << '\n';
  for (char** each = environ; *each != nullptr; ++each) out << "variable " << *each << '\n';
  return out.str();
}

int play(const std::string& what, int argc, char** argv) {
  if (what.starts_with("exit ")) return std::atoi(what.c_str() + 5);
  if (what.starts_with("signal ")) {
    // No core files, and no reports of sanitizers.
    const int number = std::atoi(what.c_str() + 7);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    if (number != SIGKILL) ::signal(number, SIG_DFL);
    ::raise(number);
  } else if (what == "report") {
    say(1, report(argc, argv));
    return 0;
  } else if (what == "wait") {
    say(1, "x");
    for (;;) ::pause();
  } else if (what == "swapped") {
    say(20, "twenty");
    say(21, "twenty-one");
    return 0;
  }
  return 98;
}

// --- The parent.

struct pipe_ends {
  descriptor from;
  descriptor to;

  pipe_ends() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    from = descriptor(ends[0]);
    to = descriptor(ends[1]);
  }

  std::string read_all() {
    to.close();
    std::string out;
    char block[4096];
    for (;;) {
      const auto got = ::read(from.get(), block, sizeof block);
      if (got <= 0) return out;
      out.append(block, static_cast<std::size_t>(got));
    }
  }
};

child_process::plan playing(const std::string& what) {
  return {"/proc/self/exe", environment_with({std::string(role) + "=" + what}), {}};
}

bool has_ended(const child_process& which, int milliseconds = 0) {
  pollfd end{which.end(), POLLIN, 0};
  return ::poll(&end, 1, milliseconds) == 1;
}

// No child of this process is left, not even as a zombie.
void expect_no_children() {
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

// What a child says of itself, by name; the variables as "variable NAME=VALUE".
class child_report {
 public:
  explicit child_report(child_process::plan plan) {
    pipe_ends out;
    plan.given.push_back({out.to.get(), STDOUT_FILENO});
    child_process child(plan);
    std::istringstream text(out.read_all());
    EXPECT_EQ(child.reap().text(), "exited with code 0");
    for (std::string line; std::getline(text, line);) {
      lines_.insert(line);
      const auto space = line.find(' ');
      values_[line.substr(0, space)] = space == line.npos ? "" : line.substr(space + 1);
    }
  }

  std::string value(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? "not said" : found->second;
  }
  bool has_line(const std::string& line) const { return lines_.contains(line); }
  std::size_t variables_named(const std::string& name) const {
    std::size_t out = 0;
    for (const auto& each : lines_) out += each.starts_with("variable " + name + "=") ? 1 : 0;
    return out;
  }

 private:
  std::map<std::string, std::string> values_;
  std::multiset<std::string> lines_;
};

// A child that has begun and goes on until it is ended.
struct waiting_child {
  pipe_ends out;
  std::optional<child_process> process;

  waiting_child() {
    auto plan = playing("wait");
    plan.given = {{out.to.get(), STDOUT_FILENO}};
    process.emplace(plan);
    char begun = 0;
    EXPECT_EQ(::read(out.from.get(), &begun, 1), 1);
  }
};

TEST(ChildProcessTest, TellsTheExitCode) {
  for (const int code : {0, 1, 3, 127, 255}) {
    child_process child(playing("exit " + std::to_string(code)));
    const auto status = child.reap();
    EXPECT_EQ(status.kind, exit_status::how::exited);
    EXPECT_EQ(status.value, code);
    EXPECT_EQ(status.text(), "exited with code " + std::to_string(code));
  }
  EXPECT_EQ(child_process({"/bin/true", {}, {}}).reap().value, 0);
  EXPECT_EQ(child_process({"/bin/false", {}, {}}).reap().value, 1);
  expect_no_children();
}

TEST(ChildProcessTest, TellsTheSignal) {
  for (const int number : {SIGKILL, SIGTERM, SIGABRT, SIGSEGV, SIGHUP, SIGPIPE, SIGUSR1}) {
    child_process child(playing("signal " + std::to_string(number)));
    const auto status = child.reap();
    EXPECT_EQ(status.kind, exit_status::how::signaled) << number;
    EXPECT_EQ(status.value, number);
    EXPECT_EQ(status.text(),
              "was killed by signal " + std::to_string(number) + " (" + strsignal(number) + ")");
  }
  expect_no_children();
}

TEST(ChildProcessTest, TellsTheStatusOnceOnly) {
  child_process child({"/bin/true", {}, {}});
  EXPECT_EQ(child.reap().kind, exit_status::how::exited);
  EXPECT_EQ(child.reap().kind, exit_status::how::lost);
  EXPECT_EQ(child.reap().text(), "ended in a way that nobody saw");
}

TEST(ChildProcessTest, HasAnEndThatIsReadableOnceItHasEnded) {
  waiting_child child;
  EXPECT_GT(child.process->id(), 0);
  EXPECT_FALSE(has_ended(*child.process));
  child.process->signal(SIGKILL);
  EXPECT_TRUE(has_ended(*child.process, 60000));
  EXPECT_EQ(child.process->reap().value, SIGKILL);
}

TEST(ChildProcessTest, IsWaitedForWithoutItsEndBeingSeen) {
  waiting_child child;
  child.process->signal(SIGTERM);
  const auto status = child.process->reap();
  EXPECT_EQ(status.kind, exit_status::how::signaled);
  EXPECT_EQ(status.value, SIGTERM);
}

TEST(ChildProcessTest, GetsSignalsUntilItIsReapedAndNobodyGetsThemThen) {
  waiting_child child;
  child.process->signal(0);
  EXPECT_FALSE(has_ended(*child.process));
  child.process->signal(SIGKILL);
  child.process->reap();
  // Whoever has its number now is somebody else.
  errno = 0;
  child.process->signal(SIGKILL);
  EXPECT_EQ(errno, 0);
  expect_no_children();
}

TEST(ChildProcessTest, SaysWhyItCannotBeStarted) {
  const auto code_of = [](const std::string& executable) {
    try {
      child_process child({executable, {}, {}});
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find(executable), std::string::npos) << error.what();
      return error.code().value();
    }
    return 0;
  };
  EXPECT_EQ(code_of("/there/is/no/such/program"), ENOENT);
  EXPECT_EQ(code_of("/dev/null"), EACCES);
  EXPECT_EQ(code_of("/"), EACCES);
  expect_no_children();
}

TEST(ChildProcessTest, LeavesNoDescriptorsBehind) {
  const auto before = open_descriptors();
  for (int i = 0; i < 3; ++i) {
    child_process({"/bin/true", {}, {{STDERR_FILENO, 7}}}).reap();
    child_process{{"/bin/cat", {}, {}}};
    EXPECT_THROW((child_process{{"/there/is/none", {}, {{STDERR_FILENO, 7}}}}), std::system_error);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ChildProcessTest, HasNothingOpenButTheStandardStreamsAndWhatItWasGiven) {
  // Descriptors of the application that were not meant for it, low and high.
  const descriptor low(::open("/dev/null", O_RDONLY));
  const descriptor other(::fcntl(low.get(), F_DUPFD, 5));
  const descriptor high(::fcntl(low.get(), F_DUPFD, 700));
  ASSERT_GE(high.get(), 700);
  EXPECT_EQ(child_report(playing("report")).value("descriptors"), "0 1 2");
  auto plan = playing("report");
  plan.given = {{STDERR_FILENO, 3}, {low.get(), 8}, {high.get(), 30}};
  EXPECT_EQ(child_report(plan).value("descriptors"), "0 1 2 3 8 30");
}

TEST(ChildProcessTest, IsGivenDescriptorsWhateverTheirNumbersAreHere) {
  // Each lies where the other one is to be.
  pipe_ends one;
  pipe_ends other;
  const descriptor at_20(::fcntl(one.to.get(), F_DUPFD_CLOEXEC, 20));
  const descriptor at_21(::fcntl(other.to.get(), F_DUPFD_CLOEXEC, 21));
  ASSERT_EQ(at_20.get(), 20);
  ASSERT_EQ(at_21.get(), 21);
  auto plan = playing("swapped");
  plan.given = {{20, 21}, {21, 20}};
  child_process child(plan);
  EXPECT_EQ(child.reap().text(), "exited with code 0");
  char text[16] = {};
  EXPECT_EQ(::read(one.from.get(), text, sizeof text - 1), 10);
  EXPECT_STREQ(text, "twenty-one");
  std::memset(text, 0, sizeof text);
  EXPECT_EQ(::read(other.from.get(), text, sizeof text - 1), 6);
  EXPECT_STREQ(text, "twenty");
}

TEST(ChildProcessTest, HasAnEmptyInputAndAGroupOfItsOwn) {
  const child_report child(playing("report"));
  EXPECT_EQ(child.value("input"), "/dev/null");
  EXPECT_EQ(child.value("group"), "own");
  EXPECT_EQ(child.value("arguments"), "offstage-worker");
}

TEST(ChildProcessTest, HasNoBlockedSignalsAndIgnoresWhatThisProcessIgnores) {
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  ::pthread_sigmask(SIG_SETMASK, &blocked, &before);
  for (const int each : {SIGPIPE, SIGUSR1, SIGINT, SIGTERM}) ::signal(each, SIG_IGN);
  ::signal(SIGUSR2, [](int) {});
  const child_report child(playing("report"));
  ::signal(SIGUSR2, SIG_DFL);
  for (const int each : {SIGPIPE, SIGUSR1, SIGINT, SIGTERM}) ::signal(each, SIG_DFL);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(child.value("blocked"), "");
  EXPECT_EQ(child.value("ignored"), "2 10 13 15");
}

TEST(ChildProcessTest, HasTheEnvironmentThatItWasGivenAndNoneOfOurs) {
  ::setenv("CHILD_PROCESS_TEST_OLD", "old", 1);
  const auto plan = playing("report");
  ::setenv("CHILD_PROCESS_TEST_OLD", "newer", 1);
  ::setenv("CHILD_PROCESS_TEST_LATE", "late", 1);
  const child_report child(plan);
  EXPECT_TRUE(child.has_line("variable CHILD_PROCESS_TEST_OLD=old"));
  EXPECT_EQ(child.variables_named("CHILD_PROCESS_TEST_LATE"), 0U);
  ::unsetenv("CHILD_PROCESS_TEST_LATE");
}

TEST(ChildProcessTest, HasOurEnvironmentWithTheAdditionsInIt) {
  ::setenv("CHILD_PROCESS_TEST_OLD", "old", 1);
  ::setenv("CHILD_PROCESS_TEST_KEPT", "kept=as it is", 1);
  ::setenv("CHILD_PROCESS_TEST", "a beginning of other names", 1);
  auto plan = playing("report");
  plan.environment = environment_with(
      {std::string(role) + "=report", "CHILD_PROCESS_TEST_OLD=new=er", "CHILD_PROCESS_TEST_NEW="});
  const child_report child(plan);
  EXPECT_TRUE(child.has_line("variable CHILD_PROCESS_TEST_OLD=new=er"));
  EXPECT_EQ(child.variables_named("CHILD_PROCESS_TEST_OLD"), 1U);
  EXPECT_TRUE(child.has_line("variable CHILD_PROCESS_TEST_KEPT=kept=as it is"));
  EXPECT_TRUE(child.has_line("variable CHILD_PROCESS_TEST=a beginning of other names"));
  EXPECT_TRUE(child.has_line("variable CHILD_PROCESS_TEST_NEW="));
  EXPECT_STREQ(::getenv("CHILD_PROCESS_TEST_OLD"), "old");
  EXPECT_EQ(::getenv("CHILD_PROCESS_TEST_NEW"), nullptr);
  EXPECT_EQ(::getenv(role), nullptr);
}

TEST(ChildProcessTest, IsKilledAndReapedByItsDestructor) {
  for (const int number : {0, SIGSTOP}) {
    int id;
    {
      waiting_child child;
      id = child.process->id();
      child.process->signal(number);
    }
    EXPECT_EQ(::kill(id, 0), -1);
    EXPECT_EQ(errno, ESRCH);
    expect_no_children();
  }
}

TEST(ChildProcessTest, LeavesTheOtherChildrenOfThisProcessAlone) {
  const auto other = ::fork();
  if (other == 0) _exit(5);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(other), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(child_process({"/bin/true", {}, {}}).reap().value, 0);
  int status = 0;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

TEST(ChildProcessTest, IsStartedFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int k = 0; k < 5; ++k) {
        child_process child(playing("exit " + std::to_string(10 * i + k)));
        EXPECT_EQ(child.reap().value, 10 * i + k);
      }
    });
  }
  for (auto& each : threads) each.join();
  expect_no_children();
}

TEST(DescriptorTest, ClosesWhatItOwnsOnce) {
  pipe_ends ends;
  const int number = ends.to.get();
  descriptor moved(std::move(ends.to));
  EXPECT_FALSE(ends.to);
  EXPECT_EQ(moved.get(), number);
  EXPECT_NE(::fcntl(number, F_GETFD), -1);
  moved.close();
  EXPECT_FALSE(moved);
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
  moved.close();
}

TEST(OwnEndTest, IsNotReadableWhileThisProcessLives) {
  const auto end = own_end();
  pollfd readable{end.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&readable, 1, 0), 0);
  EXPECT_NE(::fcntl(end.get(), F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace offstage

int main(int argc, char** argv) {
  if (const auto* what = std::getenv(offstage::role)) return offstage::play(what, argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
