#include "actors/node/segment_store.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "actors/errors/errors.h"
#include "actors/node/free_memory.h"
#include "actors/node/futex.h"

namespace offstage {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t capacity_min = std::size_t{64} << 10;
constexpr std::size_t any_value_max = std::size_t{1} << 20;  // May lie in what is much too large.

std::size_t in_pages(std::size_t size) {
  return std::max<std::size_t>((size + page_bytes - 1) / page_bytes * page_bytes, page_bytes);
}

// Up to an eighth more than is wanted, so that values of about the same size share segments.
std::size_t capacity_for(std::size_t size) {
  const auto step = std::max(std::bit_floor(std::max(size, capacity_min)) / 8, page_bytes);
  const auto most = std::numeric_limits<std::ptrdiff_t>::max() / 2;
  if (size > static_cast<std::size_t>(most)) return size / page_bytes * page_bytes;
  return std::max(capacity_min, (size + step - 1) / step * step);
}

[[noreturn]] void refuse(std::size_t size, std::uint64_t there, const std::string& where) {
  throw shared_memory_full("a value for another process: expected shared memory for its " +
                           std::to_string(size) + " bytes, found " + std::to_string(there) +
                           " bytes" + where);
}

}  // namespace

std::shared_ptr<segment_store> segment_store::make(segment_limits limits,
                                                   std::function<void(clock::time_point)> trim_at) {
  return std::shared_ptr<segment_store>(new segment_store(limits, std::move(trim_at)));
}

segment_store::segment_store(segment_limits limits, std::function<void(clock::time_point)> trim_at)
    : limits_(limits), trim_at_(std::move(trim_at)) {}

std::unique_ptr<segment_store::lease> segment_store::take(std::size_t size, wanted how) {
  auto capacity = capacity_for(size);
  const bool can_go_without = how == wanted::if_there_is && size <= limits_.optional_bytes_max;
  std::uint64_t id;
  {
    removed gone;
    sync::lock held(mutex_);
    if (auto* found = best_for(size)) return leased(*found);
    while (entries_.size() + being_made_ >= limits_.count_max) {
      const auto before = entries_.size();
      remove_free(1, gone);
      if (entries_.size() != before) continue;
      if (can_go_without) return nullptr;
      break;
    }
    if (bytes_left() < capacity + segment_header::size_bytes) remove_free(capacity, gone);
    if (bytes_left() < capacity + segment_header::size_bytes) capacity = in_pages(size);
    if (bytes_left() < capacity + segment_header::size_bytes) {
      if (can_go_without) return nullptr;
      refuse(size, bytes_left(),
             " of the " + std::to_string(limits_.bytes_max) + " that are the limit");
    }
    id = ++last_id_;
    bytes_ += capacity;
    ++being_made_;
  }
  try {
    auto made = make_segment(id, size, capacity);
    sync::lock held(mutex_);
    --being_made_;
    bytes_ += made->size_bytes() - capacity;
    entries_.push_back({std::move(made)});
    return leased(entries_.back());
  } catch (...) {
    {
      sync::lock held(mutex_);
      bytes_ -= capacity;
      --being_made_;
    }
    if (can_go_without) return nullptr;
    throw;
  }
}

// Not with the lock held, since all of it is allocated here.
std::shared_ptr<segment> segment_store::make_segment(std::uint64_t id, std::size_t size,
                                                     std::size_t capacity) {
  if (free_memory_bytes() < capacity) {
    {
      removed gone;
      sync::lock held(mutex_);
      remove_free(capacity, gone);
    }
    const auto there = free_memory_bytes();
    if (there < capacity) capacity = in_pages(size);
    if (there < capacity) refuse(size, there, "");
  }
  try {
    return std::make_shared<segment>(id, capacity);
  } catch (const std::system_error& error) {
    refuse(size, free_memory_bytes(), std::string(": ") + error.what());
  }
}

void segment_store::lost(borrower_id reader) {
  {
    removed gone;
    sync::lock held(mutex_);
    for (auto i = entries_.size(); i-- > 0;) {
      auto& each = entries_[i];
      if (each.lent_to != reader || !each.lent()) continue;
      each.lent_to = 0;
      each.discarded = true;
      if (!each.leased) remove(i, gone);
    }
  }
  trim_later();
}

void segment_store::wait_until_heard(const std::function<void()>& send) {
  for (;;) {
    std::shared_ptr<segment> oldest;
    std::uint64_t bytes = 0;
    {
      sync::lock held(mutex_);
      std::uint64_t least = UINT64_MAX;
      for (const auto& each : entries_) {
        if (!each.lent() || each.what->header().heard != 0) continue;
        bytes += each.what->size_bytes();
        if (each.order >= least) continue;
        least = each.order;
        oldest = each.what;
      }
    }
    if (!oldest || bytes < limits_.unheard_bytes_max) return;
    send();
    auto& header = oldest->header();
    header.awaited = 1;
    while (header.heard == 0 && header.lent != 0) futex_wait(header.heard, 0);
  }
}

std::vector<std::uint64_t> segment_store::trim() {
  std::vector<std::uint64_t> out;
  {
    removed gone;
    sync::lock held(mutex_);
    trimming_ = false;
    const auto now = clock::now();
    for (auto i = entries_.size(); i-- > 0;) {
      const auto& each = entries_[i];
      if (each.leased || now - each.used < limits_.keep_time) continue;
      // What a reader still uses is left to it, once it knows of it.
      if (!each.lent() || each.what->header().heard != 0) remove(i, gone);
    }
    out.swap(gone_);
  }
  trim_later();
  return out;
}

void segment_store::close() noexcept {
  std::function<void(clock::time_point)> asked;
  removed gone;
  sync::lock held(mutex_);
  asked.swap(trim_at_);
  remove_free(UINT64_MAX, gone);
}

segment_store::usage segment_store::used() const {
  sync::lock held(mutex_);
  return {entries_.size(), bytes_};
}

segment_store::entry& segment_store::entry_of(const segment& which) {
  return *std::find_if(entries_.begin(), entries_.end(),
                       [&](const entry& each) { return each.what.get() == &which; });
}

void segment_store::ended(const segment& which) noexcept {
  {
    removed gone;
    sync::lock held(mutex_);
    auto& ended = entry_of(which);
    ended.leased = false;
    ended.used = clock::now();
    if (ended.discarded && !ended.lent()) {
      remove(static_cast<std::size_t>(&ended - entries_.data()), gone);
    }
    keep_within_limits(gone);
  }
  trim_later();
}

void segment_store::lend(const segment& which, borrower_id to) noexcept {
  sync::lock held(mutex_);
  auto& lent = entry_of(which);
  auto& header = which.header();
  lent.lent_to = to;
  lent.order = ++last_order_;
  header.heard = 0;
  header.awaited = 0;
  header.lent = to != 0 ? 1 : 0;
}

std::unique_ptr<segment_store::lease> segment_store::leased(entry& from) {
  auto out = std::make_unique<lease>(shared_from_this(), from.what);
  from.leased = true;
  from.lent_to = 0;
  return out;
}

std::uint64_t segment_store::bytes_left() const {
  return limits_.bytes_max - std::min(bytes_, limits_.bytes_max);
}

segment_store::entry* segment_store::best_for(std::size_t size) {
  entry* best = nullptr;
  const auto most = std::max(size > SIZE_MAX / 4 ? SIZE_MAX : size * 4, any_value_max);
  for (auto& each : entries_) {
    const auto capacity = each.what->capacity();
    if (capacity < size || capacity > most || !each.is_free() || each.discarded) continue;
    // Of several that would do, the one that was used last is in the caches.
    if (best == nullptr || capacity < best->what->capacity() ||
        (capacity == best->what->capacity() && each.used > best->used)) {
      best = &each;
    }
  }
  return best;
}

void segment_store::remove(std::size_t index, removed& out) {
  auto& gone = entries_[index];
  bytes_ -= gone.what->size_bytes();
  gone_.push_back(gone.what->id());
  const bool unread = !gone.lent();
  out.add(std::move(gone.what), unread);
  if (&gone != &entries_.back()) gone = std::move(entries_.back());
  entries_.pop_back();
}

// The one that was not used for longest goes first.
void segment_store::remove_free(std::uint64_t bytes, removed& out) {
  for (std::uint64_t done = 0; done < bytes;) {
    std::size_t oldest = entries_.size();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (!entries_[i].is_free()) continue;
      if (oldest == entries_.size() || entries_[i].used < entries_[oldest].used) oldest = i;
    }
    if (oldest == entries_.size()) return;
    done += entries_[oldest].what->size_bytes();
    remove(oldest, out);
  }
}

void segment_store::keep_within_limits(removed& out) {
  if (!trim_at_) return remove_free(UINT64_MAX, out);
  for (;;) {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    for (const auto& each : entries_) {
      if (!each.is_free()) continue;
      ++count;
      bytes += each.what->size_bytes();
    }
    if (count <= 1 || (count <= limits_.free_count_max && bytes <= limits_.free_bytes_max)) return;
    remove_free(1, out);
  }
}

// Asks for `trim` at the first moment at which there will be something to do.
void segment_store::trim_later() {
  std::function<void(clock::time_point)> trim_at;
  auto when = clock::time_point::max();
  {
    sync::lock held(mutex_);
    if (trimming_ || !trim_at_) return;
    const auto now = clock::now();
    if (!gone_.empty()) when = now + limits_.keep_time;
    for (const auto& each : entries_) {
      if (each.leased) continue;
      const auto over = each.used + limits_.keep_time;
      // Over, and not trimmed: a reader has yet to hear of it.
      when = std::min(when, over > now ? over : now + limits_.keep_time);
    }
    if (when == clock::time_point::max()) return;
    trimming_ = true;
    trim_at = trim_at_;
  }
  trim_at(when);
}

segment_store::removed::~removed() {
  for (auto& each : segments_) {
    if (each.unread) each.what->give_back();
  }
}

}  // namespace offstage
