#include "actors/node/log_ring.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "actors/node/lane.h"
#include "messages/payload.h"

namespace offstage {
namespace {

constexpr std::size_t word_bytes = sizeof(flat_message::word);
static_assert((log_ring::size_bytes & (log_ring::size_bytes - 1)) == 0);

std::size_t whole_size(const flat_message& words) {
  return sizeof(frame_header) + words.words().size_bytes();
}

}  // namespace

log_ring::log_ring()
    : memory_("offstage-log", sizeof(shared)), shared_(static_cast<shared*>(memory_.data())) {}

log_ring::log_ring(descriptor inherited)
    : memory_(std::move(inherited), sizeof(shared)),
      shared_(static_cast<shared*>(memory_.data())) {}

bool log_ring::fits(const flat_message& words) const noexcept {
  const auto in_use = position_ - shared_->taken.load(std::memory_order_acquire);
  return size_bytes - in_use >= whole_size(words);
}

bool log_ring::put(const flat_message& words) noexcept {
  if (!fits(words)) return false;
  const auto body = words.words();
  const frame_header header{static_cast<std::uint32_t>(body.size()), frame_kind::log_record, 0};
  copy_in(position_, &header, sizeof header);
  copy_in(position_ + sizeof header, body.data(), body.size_bytes());
  position_ += whole_size(words);
  ++shared_->records_written;
  shared_->written = position_;
  return true;
}

std::optional<flat_message> log_ring::take() {
  const auto there = shared_->written.load(std::memory_order_acquire) - position_;
  if (there == 0) return std::nullopt;
  frame_header header;
  if (there > size_bytes || there % word_bytes != 0) {
    throw malformed_message("a log of " + std::to_string(there) + " bytes");
  }
  copy_out(position_, &header, sizeof header);
  if (header.kind != frame_kind::log_record || header.size_words == 0 ||
      header.size_words > there / word_bytes - 1) {
    throw malformed_message("a log record of kind " +
                            std::to_string(static_cast<int>(header.kind)) + " and " +
                            std::to_string(header.size_words) + " words");
  }
  flat_message out(header.size_words);
  copy_out(position_ + sizeof header, out.writable().data(), out.words().size_bytes());
  position_ += sizeof header + out.words().size_bytes();
  ++shared_->records_taken;
  shared_->taken.store(position_, std::memory_order_release);
  return out;
}

bool log_ring::fall_asleep() noexcept {
  shared_->asleep = true;
  return shared_->written == position_ && shared_->dropped == 0;
}

void log_ring::copy_in(std::uint64_t at, const void* from, std::size_t size) noexcept {
  const auto begin = at % size_bytes;
  const auto first = std::min(size, size_bytes - begin);
  std::memcpy(shared_->frames + begin, from, first);
  std::memcpy(shared_->frames, static_cast<const std::byte*>(from) + first, size - first);
}

void log_ring::copy_out(std::uint64_t at, void* to, std::size_t size) const noexcept {
  const auto begin = at % size_bytes;
  const auto first = std::min(size, size_bytes - begin);
  std::memcpy(to, shared_->frames + begin, first);
  std::memcpy(static_cast<std::byte*>(to) + first, shared_->frames, size - first);
}

}  // namespace offstage
