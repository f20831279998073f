#include "actors/node/fork_link.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace offstage {
namespace {

// A process's environment and arguments have 6 MiB at most.
constexpr std::uint64_t words_max = 16U << 17;

}  // namespace

bool fork_link::send(const flat_message& words, std::span<const int> enclosed) noexcept {
  const std::uint64_t size = words.words().size();
  const auto body = std::as_bytes(words.words());
  iovec parts[2] = {{const_cast<std::uint64_t*>(&size), sizeof size},
                    {const_cast<std::byte*>(body.data()), body.size()}};
  alignas(cmsghdr) char room[CMSG_SPACE(descriptors_max * sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  if (!enclosed.empty()) {
    message.msg_control = room;
    message.msg_controllen = CMSG_SPACE(enclosed.size_bytes());
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(enclosed.size_bytes());
    std::memcpy(CMSG_DATA(header), enclosed.data(), enclosed.size_bytes());
  }
  std::size_t left = sizeof size + body.size();
  while (left > 0) {
    const auto got = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    left -= static_cast<std::size_t>(got);
    // The descriptors went with the first byte.
    message.msg_control = nullptr;
    message.msg_controllen = 0;
    auto sent = static_cast<std::size_t>(got);
    for (auto& part : parts) {
      const auto taken = std::min(sent, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      sent -= taken;
    }
  }
  return true;
}

std::optional<fork_link::letter> fork_link::receive(
    std::optional<std::chrono::milliseconds> limit) {
  pollfd ready{socket_.get(), POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + limit.value_or(std::chrono::milliseconds());
  for (;;) {
    int milliseconds = -1;
    if (limit) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      milliseconds = static_cast<int>(std::max(left, std::chrono::milliseconds()).count());
    }
    const int got = ::poll(&ready, 1, milliseconds);
    if (got > 0) break;
    if (got == 0 || errno != EINTR) return std::nullopt;
  }
  letter out;
  std::uint64_t size = 0;
  if (!read_all(std::as_writable_bytes(std::span(&size, 1)), out)) return std::nullopt;
  if (size == 0 || size > words_max) return std::nullopt;
  out.words = flat_message(size);
  if (!read_all(std::as_writable_bytes(out.words.writable()), out)) return std::nullopt;
  return out;
}

bool fork_link::read_all(std::span<std::byte> into, letter& out) {
  while (!into.empty()) {
    iovec part{into.data(), into.size()};
    alignas(cmsghdr) char room[CMSG_SPACE(descriptors_max * sizeof(int))];
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    const auto got = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
      const auto count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int number;
        std::memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
        out.enclosed.emplace_back(number);
      }
    }
    if ((message.msg_flags & MSG_CTRUNC) != 0) out.complete = false;
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace offstage
