// segment_store: the shared memory that this process writes large values to.
//
// Question: which memory does the next large value get, and when is it given back?
// Zone:     border. Hears whoever encodes values, and the readers through the segments' headers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "actors/node/segment.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// How much a store may have.
struct segment_limits {
  /// Of all segments together, beside what the machine has.
  std::uint64_t bytes_max = UINT64_MAX;

  /// How many segments there may be for values that can also go without one.
  std::size_t count_max = 128;

  /// Values of up to so many bytes can.
  std::size_t optional_bytes_max = std::size_t{64} << 20;

  /// What is kept for the next values: so many segments, of so many bytes together. One is kept in
  /// any case.
  std::size_t free_count_max = 8;
  std::uint64_t free_bytes_max = std::uint64_t{256} << 20;

  /// For how long.
  std::chrono::milliseconds keep_time{1000};

  /// How much may be on its way to readers that do not know of it yet.
  std::uint64_t unheard_bytes_max = std::uint64_t{16} << 20;
};

/// Who a segment is lent to.
using borrower_id = std::uint64_t;

/// The segments of one process. Each has one value at a time: it is leased for writing, lent with a
/// value, and free again when its lease has ended and its reader is done, which it says in the
/// segment itself. Free segments are used again, and given back when they have not been for a
/// while.
/// @thread Any.
class segment_store : public std::enable_shared_from_this<segment_store> {
 public:
  using clock = std::chrono::steady_clock;

  /// @param trim_at Has `trim` called at a moment, once; it is asked for that only after something
  ///   was used.
  static std::shared_ptr<segment_store> make(segment_limits limits,
                                             std::function<void(clock::time_point)> trim_at);
  segment_store(const segment_store&) = delete;
  segment_store& operator=(const segment_store&) = delete;

  /// A segment that is held for a value.
  /// @thread One at a time.
  class lease {
   public:
    lease(std::shared_ptr<segment_store> from, std::shared_ptr<segment> what) noexcept
        : from_(std::move(from)), what_(std::move(what)) {}
    ~lease() { from_->ended(*what_); }
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;

    const std::shared_ptr<segment>& what() const noexcept { return what_; }

    /// The value is about to be sent to a reader.
    void lend(borrower_id to) { from_->lend(*what_, to); }

    /// The reader never got it, or never looked at it.
    void take_back() noexcept { from_->lend(*what_, 0); }

   private:
    const std::shared_ptr<segment_store> from_;
    const std::shared_ptr<segment> what_;
  };

  /// Whether a value can go without a segment.
  enum class wanted : std::uint8_t {
    if_there_is,  ///< Yes, unless it is larger than `optional_bytes_max`.
    in_any_case,
  };

  /// A free segment for a value of so many bytes. Null if there is none, or no memory for it, and
  /// the value can go without.
  /// @errors shared_memory_full.
  std::unique_ptr<lease> take(std::size_t size, wanted how = wanted::if_there_is)
      OFFSTAGE_EXCLUDES(mutex_);

  /// The reader is gone: what was lent to it is given back.
  void lost(borrower_id reader) OFFSTAGE_EXCLUDES(mutex_);

  /// Waits until not too much is on its way, which the readers do not know of yet. Calls `send`
  /// before it waits.
  void wait_until_heard(const std::function<void()>& send) OFFSTAGE_EXCLUDES(mutex_);

  /// Gives back what was not used for a while. Returns those that were given back since the last
  /// time, for the readers to forget.
  std::vector<std::uint64_t> trim() OFFSTAGE_EXCLUDES(mutex_);

  /// Keeps nothing from now on, and has `trim` not called any more.
  void close() noexcept OFFSTAGE_EXCLUDES(mutex_);

  /// How much there is.
  struct usage {
    std::size_t segments = 0;
    std::uint64_t bytes = 0;
  };
  usage used() const OFFSTAGE_EXCLUDES(mutex_);

 private:
  struct entry {
    std::shared_ptr<segment> what;
    bool leased = false;
    bool discarded = false;  // Not to be used again.
    borrower_id lent_to = 0;
    std::uint64_t order = 0;  // Of its lending.
    clock::time_point used = {};

    bool lent() const noexcept { return lent_to != 0 && what->header().lent != 0; }
    bool is_free() const noexcept { return !leased && !lent(); }
  };
  // Given back at the end of its scope: it stands before a lock there, since that takes its time.
  class removed {
   public:
    removed() = default;
    ~removed();
    removed(const removed&) = delete;
    removed& operator=(const removed&) = delete;
    void add(std::shared_ptr<segment> what, bool unread) {
      segments_.push_back({std::move(what), unread});
    }

   private:
    struct each {
      std::shared_ptr<segment> what;
      bool unread;
    };
    std::vector<each> segments_;
  };

  segment_store(segment_limits limits, std::function<void(clock::time_point)> trim_at);
  entry& entry_of(const segment& which) OFFSTAGE_REQUIRES(mutex_);
  void ended(const segment& which) noexcept OFFSTAGE_EXCLUDES(mutex_);
  void lend(const segment& which, borrower_id to) noexcept OFFSTAGE_EXCLUDES(mutex_);
  std::unique_ptr<lease> leased(entry& from) OFFSTAGE_REQUIRES(mutex_);
  std::shared_ptr<segment> make_segment(std::uint64_t id, std::size_t size, std::size_t capacity)
      OFFSTAGE_EXCLUDES(mutex_);
  std::uint64_t bytes_left() const OFFSTAGE_REQUIRES(mutex_);
  entry* best_for(std::size_t size) OFFSTAGE_REQUIRES(mutex_);
  void remove(std::size_t index, removed& out) OFFSTAGE_REQUIRES(mutex_);
  void remove_free(std::uint64_t bytes, removed& out) OFFSTAGE_REQUIRES(mutex_);
  void keep_within_limits(removed& out) OFFSTAGE_REQUIRES(mutex_);
  void trim_later() OFFSTAGE_EXCLUDES(mutex_);

  const segment_limits limits_;
  mutable sync::mutex mutex_;
  // None once closed.
  std::function<void(clock::time_point)> trim_at_ OFFSTAGE_GUARDED_BY(mutex_);
  bool trimming_ OFFSTAGE_GUARDED_BY(mutex_) = false;  // It was asked for.
  std::vector<entry> entries_ OFFSTAGE_GUARDED_BY(mutex_);
  std::size_t being_made_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  std::uint64_t bytes_ OFFSTAGE_GUARDED_BY(mutex_) = 0;  // With those that are being made.
  std::uint64_t last_id_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  std::uint64_t last_order_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  std::vector<std::uint64_t> gone_ OFFSTAGE_GUARDED_BY(mutex_);
};

}  // namespace offstage
