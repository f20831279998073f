#include "examples/digest_tree/console.h"

#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace digest_tree {
namespace {

// The terminal shows what is typed, such as ^C, behind the progress line; and in the last column
// some go on to the next line.
constexpr std::size_t typed_columns = 2;
constexpr std::size_t unused_columns = typed_columns + 1;

// stderr has nobody to complain to.
void write_error(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{STDERR_FILENO, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

std::string escaped(const std::string& path) {
  if (path.empty()) return "''";
  std::string text;
  for (const char each : path) {
    const auto code = static_cast<unsigned char>(each);
    if (each == '\\') {
      text += "\\\\";
    } else if (each == '\n') {
      text += "\\n";
    } else if (each == '\r') {
      text += "\\r";
    } else if (code < 0x20 || code == 0x7f) {
      std::array<char, 8> octal;
      std::snprintf(octal.data(), octal.size(), "\\%03o", code);
      text += octal.data();
    } else {
      text += each;
    }
  }
  return text;
}

}  // namespace

console::console(int interruption)
    : interruption_(interruption),
      shows_progress_(::isatty(STDERR_FILENO) == 1),
      prints_to_terminal_(::isatty(STDOUT_FILENO) == 1) {}

void console::show(std::string_view text) {
  if (!shows_progress_) return;
  // What was longer is painted over, but not beyond the width, which may be another one now.
  const auto painted = std::min(shown_.size(), columns());
  auto line = '\r' + std::string(text);
  if (painted > text.size()) line.append(painted - text.size(), ' ');
  write_error(line);
  shown_ = text;
}

void console::hide() {
  if (shown_.empty()) return;
  write_error('\r' + std::string(columns() + typed_columns, ' ') + '\r');
  shown_.clear();
}

std::size_t console::columns() const {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const std::size_t columns = known ? size.ws_col : 80;
  return columns > unused_columns ? columns - unused_columns : 0;
}

print_end console::print(std::string_view lines) {
  const auto progress = shown_;
  if (prints_to_terminal_) hide();
  while (!lines.empty()) {
    // A pipe takes this much wholly or not at all, so that nobody ever finds half a line.
    auto part = lines.substr(0, PIPE_BUF);
    const auto end = part.size() < lines.size() ? part.rfind('\n') : part.size() - 1;
    part = lines.substr(0, end != part.npos ? end + 1 : lines.find('\n') + 1);
    const auto ended = print_some(part);
    if (ended != print_end::printed) return ended;
    lines.remove_prefix(part.size());
    lines_printed_ += static_cast<std::uint64_t>(std::count(part.begin(), part.end(), '\n'));
  }
  if (prints_to_terminal_ && !progress.empty()) show(progress);
  return print_end::printed;
}

print_end console::print_some(std::string_view lines) {
  while (!lines.empty()) {
    std::array<pollfd, 2> ready{pollfd{STDOUT_FILENO, POLLOUT, 0},
                                pollfd{interruption_, POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return failed(errno);
    }
    if (ready[1].revents != 0) return print_end::interrupted;
    const auto written = ::write(STDOUT_FILENO, lines.data(), lines.size());
    if (written >= 0) {
      lines.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return print_end::closed;
    } else if (errno != EINTR && errno != EAGAIN) {
      return failed(errno);
    }
  }
  return print_end::printed;
}

print_end console::close() {
  // Some file systems only now say that the disk is full. Closing leaves the descriptor's number
  // free, but nothing is opened after this.
  if (::close(STDOUT_FILENO) == 0 || errno == EBADF) return print_end::printed;
  return failed(errno);
}

print_end console::failed(int error) {
  say("write error: " + std::generic_category().message(error));
  return print_end::failed;
}

void console::report(const problem& what) { say(escaped(what.path) + ": " + what.reason); }

void console::say(std::string_view text) {
  const auto progress = shown_;
  hide();
  write_error("digest_tree: " + std::string(text) + '\n');
  if (!progress.empty()) show(progress);
}

}  // namespace digest_tree
