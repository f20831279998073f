// lane: the one link between a parent and a worker process.
//
// Question: how do messages cross, whole, and never by waiting?
// Zone:     border. Sent by any thread of the parent; read by its reader thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "actors/node/child_process.h"
#include "actors/node/lane_queue.h"
#include "actors/sync/mutex.h"
#include "messages/flat_message.h"

namespace offstage {

/// What a frame carries.
enum class frame_kind : std::uint16_t {
  handshake = 1,   ///< Child to parent, first of all.
  command = 2,     ///< Parent to child.
  state = 3,       ///< Child to parent: a state message of the task in the cell.
  log_record = 4,  ///< Child to parent, in its log_ring, and never on the lane.
  segment = 5,     ///< Both ways: a notice of the sender's shared memory; may have a descriptor.
  prepared = 6,    ///< Child to parent: the answer to prepare.
};

/// What is in front of a frame's words.
struct frame_header {
  std::uint32_t size_words = 0;
  frame_kind kind = frame_kind::command;
  std::uint16_t cell = 0;  ///< The task's, for run_task and state messages.
};
static_assert(sizeof(frame_header) == sizeof(flat_message::word));

/// The most that a frame may have: 64 MiB, and a page for what is around a value of that size.
inline constexpr std::uint32_t frame_words_max = (64U << 17) + 512;

/// Takes bytes as they come and gives whole frames.
/// @thread One at a time.
class frame_reader {
 public:
  /// Room for the next bytes, at least 4 KiB.
  std::span<std::byte> room();

  /// So many bytes were put there. Calls `take(header, words)` for each frame that is complete; the
  /// words lie in the reader until it returns. Where `take` returns false, the rest waits.
  /// @errors malformed_message for a frame that cannot be one; what `take` throws.
  void filled(
      std::size_t size,
      const std::function<bool(const frame_header&, std::span<const flat_message::word>)>& take);

  /// True if there is no part of a frame in it.
  bool empty() const noexcept { return begin_ == end_; }

 private:
  std::vector<flat_message::word> words_;
  std::size_t begin_ = 0;  // In bytes; a multiple of a word.
  std::size_t end_ = 0;
};

/// The parent's end of a lane.
/// @thread Any.
class lane {
 public:
  /// @param blocked Called when the socket takes no more; `flush` is to be called when it does.
  lane(descriptor socket, std::function<void()> blocked)
      : socket_(std::move(socket)), blocked_(std::move(blocked)) {}

  int handle() const noexcept { return socket_.get(); }

  /// Puts a frame behind those that wait; nothing is sent before `flush`.
  /// @param beside A descriptor that goes with it.
  void append(frame_kind kind, std::uint16_t cell, const flat_message& words,
              std::shared_ptr<const descriptor> beside = nullptr) OFFSTAGE_EXCLUDES(mutex_);

  /// Sends what the socket takes, and never waits. What a broken socket does not take is dropped.
  void flush() OFFSTAGE_EXCLUDES(mutex_);

  /// The child reads the end of the lane after what was appended before.
  void end() OFFSTAGE_EXCLUDES(mutex_);

 private:
  bool send_some() OFFSTAGE_REQUIRES(mutex_);

  const descriptor socket_;
  const std::function<void()> blocked_;
  sync::mutex mutex_;
  lane_queue waiting_ OFFSTAGE_GUARDED_BY(mutex_);
  bool ending_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  bool broken_ OFFSTAGE_GUARDED_BY(mutex_) = false;
};

/// The two ends of a new lane: the parent's, which does not block, and the child's, which does.
/// @errors std::system_error.
std::pair<descriptor, descriptor> make_lane();

}  // namespace offstage
