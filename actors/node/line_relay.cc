#include "actors/node/line_relay.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace offstage {
namespace {

constexpr std::size_t line_bytes_max = 64 * 1024;
constexpr std::size_t block_bytes = 16 * 1024;
// As much as a pipe may hold: what came after the last words of a process is somebody else's.
constexpr std::size_t last_blocks_max = 1024 * 1024 / block_bytes;

constexpr std::size_t letter_bytes_max = 4;

// Where the text begins if its first bytes are cut off at `cut`: behind the letter, in UTF-8, that
// the cut would go through.
std::size_t begin_after_cut(std::string_view text, std::size_t cut) {
  const auto byte_at = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto goes_on = [&](std::size_t at) { return (byte_at(at) & 0xc0) == 0x80; };
  auto first = cut;
  while (first > 0 && cut - first < letter_bytes_max - 1 && goes_on(first)) --first;
  std::size_t size = 1;
  if ((byte_at(first) & 0xe0) == 0xc0) size = 2;
  if ((byte_at(first) & 0xf0) == 0xe0) size = 3;
  if ((byte_at(first) & 0xf8) == 0xf0) size = 4;
  if (first + size <= cut) return cut;
  auto end = cut;
  while (end < std::min(first + size, text.size()) && goes_on(end)) ++end;
  return end;
}

// What is left of a text that is to have so many bytes at most.
std::string_view end_of(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  return text.substr(begin_after_cut(text, text.size() - bytes_max));
}

void write_all(int to, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const auto got = ::write(to, text.data() + written, text.size() - written);
    if (got > 0) {
      written += static_cast<std::size_t>(got);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd ready{to, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return;  // Nobody listens.
    }
  }
}

}  // namespace

bool line_relay::read_some() {
  std::array<char, block_bytes> block;
  const auto got = ::read(from_.get(), block.data(), block.size());
  if (got > 0) {
    const std::string_view text(block.data(), static_cast<std::size_t>(got));
    waiting_.append(text);
    tail_.append(text);
    if (tail_.size() > 2 * tail_bytes_max) {
      tail_.erase(0, tail_.size() - tail_bytes_max - letter_bytes_max);
    }
    return true;
  }
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) ended_ = true;
  return false;
}

bool line_relay::pass_on() {
  std::string lines;
  bool goes_on;
  {
    sync::lock held(mutex_);
    read_some();
    goes_on = !ended_;
    const auto last = waiting_.rfind('\n');
    if (ended_) {
      lines = take_all();
    } else if (waiting_.size() > line_bytes_max && last == waiting_.npos) {
      lines = std::exchange(waiting_, {});
    } else if (last != waiting_.npos) {
      lines = waiting_.substr(0, last + 1);
      waiting_.erase(0, last + 1);
    }
  }
  write_all(to_, lines);
  return goes_on;
}

void line_relay::finish() {
  std::string lines;
  {
    sync::lock held(mutex_);
    read_rest();
    lines = take_all();
  }
  write_all(to_, lines);
}

std::string line_relay::take_all() {
  auto out = std::exchange(waiting_, {});
  if (!out.empty() && out.back() != '\n') out += '\n';
  return out;
}

void line_relay::read_rest() {
  // Programs that a worker has started may go on printing for ever.
  for (std::size_t i = 0; i < last_blocks_max && !ended_ && read_some(); ++i) {
  }
}

std::string line_relay::last_bytes() {
  sync::lock held(mutex_);
  read_rest();
  return std::string(end_of(tail_, tail_bytes_max));
}

std::string line_relay::last_lines(std::size_t lines_max) {
  sync::lock held(mutex_);
  read_rest();
  std::string_view text = tail_;
  if (text.ends_with('\n')) text.remove_suffix(1);
  text = end_of(text, lines_bytes_max);
  auto begin = text.size();
  for (std::size_t lines = 0; begin != 0; --begin) {
    if (text[begin - 1] == '\n' && ++lines == lines_max) break;
  }
  return std::string(text.substr(begin));
}

std::pair<descriptor, descriptor> make_output_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "worker process: pipe2");
  }
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {descriptor(ends[0]), descriptor(ends[1])};
}

}  // namespace offstage
