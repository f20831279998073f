// fork_link: the socket between a process and its fork server.
//
// Question: how do a message and its descriptors cross together?
// Zone:     border. Used by both ends, one message after the other.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "actors/node/child_process.h"
#include "messages/flat_message.h"

namespace offstage {

/// One end of a stream of messages, each with descriptors.
/// @thread One at a time.
class fork_link {
 public:
  /// The most descriptors of one message.
  static constexpr std::size_t descriptors_max = 16;

  /// A message that came.
  struct letter {
    flat_message words;
    std::vector<descriptor> enclosed;
    bool complete = true;  ///< False if this process could not have some of the descriptors.
  };

  explicit fork_link(descriptor socket) : socket_(std::move(socket)) {}

  int handle() const noexcept { return socket_.get(); }

  /// Sends a message; waits for room. Returns false if nobody reads any more.
  bool send(const flat_message& words, std::span<const int> enclosed = {}) noexcept;

  /// The next message; waits for it. None if nobody writes any more, if `limit` has passed, or if
  /// what came is no message.
  std::optional<letter> receive(std::optional<std::chrono::milliseconds> limit = {});

 private:
  bool read_all(std::span<std::byte> into, letter& out);

  const descriptor socket_;
};

}  // namespace offstage
