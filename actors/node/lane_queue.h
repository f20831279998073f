// lane_queue: what waits to be sent over a lane.
//
// Question: how do bytes and descriptors get onto a socket, and off it, in their order?
// Zone:     border. Used by both ends of a lane.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "actors/node/child_process.h"

namespace offstage {

/// Bytes in a row, and descriptors at places between them: whoever has read the byte behind such a
/// place has got the descriptor as well.
/// @thread One at a time.
class lane_queue {
 public:
  /// Puts bytes behind those that wait.
  void append(std::span<const std::byte> bytes);

  /// Puts a descriptor behind what waits; bytes are to follow it.
  void append(std::shared_ptr<const descriptor> beside);

  /// What became of what waited.
  enum class sent : std::uint8_t {
    all,
    some,    ///< The socket takes no more now.
    broken,  ///< And never will.
  };

  /// Sends what the socket takes.
  /// @param flags For send(2).
  sent send(int socket, int flags);

  /// How many bytes wait.
  std::size_t size() const noexcept { return bytes_.size() - sent_; }

  void clear() noexcept;

 private:
  struct passed {
    std::size_t at;  // In front of this one of the bytes.
    std::shared_ptr<const descriptor> what;
  };

  ssize_t send_next(int socket, int flags);

  std::vector<std::byte> bytes_;
  std::size_t sent_ = 0;  // Of those.
  std::deque<passed> beside_;
};

/// Receives bytes as recv(2) does, and puts the descriptors that came with them behind the others.
/// @errors malformed_message if descriptors were lost on the way: too many came at once, or this
/// process has no room for them.
ssize_t receive(int socket, std::span<std::byte> room, int flags, std::deque<descriptor>& beside);

}  // namespace offstage
