#include "actors/node/lane_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "messages/payload.h"

namespace offstage {
namespace {

constexpr std::size_t kept_max = 1024 * 1024;  // Of a buffer that was once larger.

// Room for one descriptor beside a message.
union control {
  cmsghdr header;
  char room[CMSG_SPACE(sizeof(int))];
};

}  // namespace

void lane_queue::append(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void lane_queue::append(std::shared_ptr<const descriptor> beside) {
  beside_.push_back({bytes_.size(), std::move(beside)});
}

lane_queue::sent lane_queue::send(int socket, int flags) {
  while (sent_ < bytes_.size()) {
    const auto got = send_next(socket, flags | MSG_NOSIGNAL);
    if (got >= 0) {
      sent_ += static_cast<std::size_t>(got);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
      return sent::some;
    } else if (errno != EINTR) {
      return sent::broken;
    }
  }
  clear();
  return sent::all;
}

ssize_t lane_queue::send_next(int socket, int flags) {
  auto end = bytes_.size();
  if (beside_.empty() || beside_.front().at > sent_) {
    if (!beside_.empty()) end = beside_.front().at;
    return ::send(socket, bytes_.data() + sent_, end - sent_, flags);
  }
  // It goes with the first byte that is sent now.
  if (beside_.size() > 1) end = beside_[1].at;
  iovec bytes{bytes_.data() + sent_, end - sent_};
  control beside;
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = beside.room;
  message.msg_controllen = sizeof beside.room;
  auto* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = beside_.front().what->get();
  std::memcpy(CMSG_DATA(header), &number, sizeof number);
  const auto got = ::sendmsg(socket, &message, flags);
  if (got > 0) beside_.pop_front();
  return got;
}

void lane_queue::clear() noexcept {
  sent_ = 0;
  bytes_.clear();
  beside_.clear();
  if (bytes_.capacity() > kept_max) bytes_ = {};
}

ssize_t receive(int socket, std::span<std::byte> room, int flags, std::deque<descriptor>& beside) {
  iovec bytes{room.data(), room.size()};
  control got;
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = got.room;
  // Not the whole room, which would take a second one.
  message.msg_controllen = CMSG_LEN(sizeof(int));
  const auto size = ::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  if (size < 0) return size;
  for (auto* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = 0; CMSG_LEN(at + sizeof(int)) <= each->cmsg_len; at += sizeof(int)) {
      int number;
      std::memcpy(&number, CMSG_DATA(each) + at, sizeof number);
      beside.emplace_back(number);
    }
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    throw malformed_message(
        "descriptors that were lost: too many at once, or this process can have no more of them");
  }
  return size;
}

}  // namespace offstage
