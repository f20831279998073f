// keeper CONTROL_FD PROGRAM [ARGUMENT]...
//
// Runs a program for a test and outlives both: when the other end of the control socket is closed,
// which the kernel does for a test that is killed, it ends the program and whatever the program
// started. It is the parent of the orphans among them, so none escapes.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/support/display/keeper_message.h"
#include "tests/support/display/process_list.h"

namespace {

using offstage::display::keeper_message;
using offstage::display::keeper_news;
using std::chrono::steady_clock;

// For a program that puts its things away when it is asked to end: an X server removes its socket.
constexpr std::chrono::seconds grace{2};

void tell(int control, keeper_news news, int value) {
  const keeper_message message{news, value};
  // A test that is gone needs no news.
  (void)!send(control, &message, sizeof message, MSG_NOSIGNAL);
}

[[noreturn]] void become_program(int control, pid_t keeper, char** arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(arguments[0], arguments);
  tell(control, keeper_news::not_started, errno);
  _exit(127);
}

void send_all(int signal) {
  for (const auto& process : offstage::display::descendants_of(getpid())) kill(process.pid, signal);
}

// Returns whether there are children left.
bool reap(int control, pid_t program) {
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended == 0) return true;
    if (ended < 0 && errno != EINTR) return false;
    if (ended == program) tell(control, keeper_news::ended, status);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int control = std::atoi(argv[1]);
  closefrom(control + 1);
  fcntl(control, F_SETFD, FD_CLOEXEC);
  // A signal for the test's process group is not for the keeper.
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);

  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  const int children = signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);

  const pid_t keeper = getpid();
  const pid_t program = fork();
  if (program == 0) become_program(control, keeper, argv + 2);
  if (program < 0) {
    tell(control, keeper_news::not_started, errno);
    return 1;
  }
  tell(control, keeper_news::started, program);

  bool test_is_gone = false;
  steady_clock::time_point patience_ends;
  for (;;) {
    pollfd waits[] = {{children, POLLIN, 0}, {test_is_gone ? -1 : control, POLLIN, 0}};
    poll(waits, 2, test_is_gone ? 20 : -1);
    signalfd_siginfo information;
    while (read(children, &information, sizeof information) > 0) {
    }
    if (!test_is_gone && (waits[1].revents & (POLLHUP | POLLERR | POLLIN)) != 0) {
      test_is_gone = true;
      patience_ends = steady_clock::now() + grace;
      send_all(SIGTERM);
    }
    const bool any_left = reap(control, program);
    if (!test_is_gone) continue;
    if (!any_left) return 0;
    if (steady_clock::now() >= patience_ends) send_all(SIGKILL);
  }
}
