#include "actors/node/lane.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "messages/payload.h"

namespace offstage {
namespace {

constexpr std::size_t word_bytes = sizeof(flat_message::word);
constexpr std::size_t room_min = 64 * 1024;
constexpr std::size_t kept_max = 1024 * 1024;  // Of a buffer that was once larger.

}  // namespace

std::span<std::byte> frame_reader::room() {
  if (begin_ == end_) begin_ = end_ = 0;
  std::size_t wanted = room_min;
  if (end_ - begin_ >= word_bytes) {
    // The rest of a frame that has begun.
    const auto header = std::bit_cast<frame_header>(words_[begin_ / word_bytes]);
    const auto whole = (std::size_t{std::min(header.size_words, frame_words_max)} + 1) * word_bytes;
    wanted = std::max(wanted, whole - std::min(whole, end_ - begin_));
  }
  if (words_.size() * word_bytes - end_ < wanted) {
    std::vector<flat_message::word> larger((end_ - begin_ + wanted) / word_bytes + 2);
    const auto* const rest = reinterpret_cast<const std::byte*>(words_.data()) + begin_;
    std::copy(rest, rest + (end_ - begin_), reinterpret_cast<std::byte*>(larger.data()));
    words_.swap(larger);
    end_ -= begin_;
    begin_ = 0;
  }
  return {reinterpret_cast<std::byte*>(words_.data()) + end_, words_.size() * word_bytes - end_};
}

void frame_reader::filled(
    std::size_t size,
    const std::function<bool(const frame_header&, std::span<const flat_message::word>)>& take) {
  end_ += size;
  while (end_ - begin_ >= word_bytes) {
    const auto header = std::bit_cast<frame_header>(words_[begin_ / word_bytes]);
    if (header.size_words == 0 || header.size_words > frame_words_max) {
      throw malformed_message("a frame of " + std::to_string(header.size_words) + " words");
    }
    const auto whole = (std::size_t{header.size_words} + 1) * word_bytes;
    if (end_ - begin_ < whole) return;
    const auto at = begin_ / word_bytes + 1;
    begin_ += whole;
    if (!take(header, {&words_[at], header.size_words})) return;
  }
  if (begin_ == end_ && words_.size() * word_bytes > kept_max) {
    words_ = {};
    begin_ = end_ = 0;
  }
}

void lane::append(frame_kind kind, std::uint16_t cell, const flat_message& words,
                  std::shared_ptr<const descriptor> beside) {
  const frame_header header{static_cast<std::uint32_t>(words.words().size()), kind, cell};
  sync::lock held(mutex_);
  if (broken_) return;
  if (beside) waiting_.append(std::move(beside));
  waiting_.append(std::as_bytes(std::span(&header, 1)));
  waiting_.append(std::as_bytes(words.words()));
}

void lane::flush() {
  bool blocked;
  {
    sync::lock held(mutex_);
    blocked = !send_some();
  }
  if (blocked) blocked_();
}

void lane::end() {
  {
    sync::lock held(mutex_);
    ending_ = true;
  }
  flush();
}

bool lane::send_some() {
  if (broken_) return true;
  switch (waiting_.send(socket_.get(), MSG_DONTWAIT)) {
    case lane_queue::sent::some:
      return false;
    case lane_queue::sent::broken:
      broken_ = true;  // The child is gone, which its end will tell.
      waiting_.clear();
      break;
    case lane_queue::sent::all:
      break;
  }
  if (ending_) ::shutdown(socket_.get(), SHUT_WR);
  return true;
}

std::pair<descriptor, descriptor> make_lane() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "worker process: socketpair");
  }
  return {descriptor(ends[0]), descriptor(ends[1])};
}

}  // namespace offstage
