#include "actors/node/large_value.h"

#include <cstring>

#include "actors/errors/errors.h"

namespace offstage {

payload large_value::place() {
  const auto size = writer_.size();
  if (!writer_.moved()) {
    bytes_ = std::move(writer_).take_bytes();
    if (size <= inline_bytes_max) return {payload_kind::bytes, bytes_};
    memory_.lease = memory_.store.take(size, segment_store::wanted::in_any_case);
    std::memcpy(memory_.lease->what()->room().data(), bytes_.data(), size);
    bytes_ = {};
  }
  return {payload_kind::segment, {}, {memory_.lease->what()->id(), 0, size}};
}

std::span<std::byte> large_value::leased_memory::enlarge(std::size_t used, std::size_t wanted) {
  if (!lease) {
    if (before) before();
    lease = store.take(wanted);
    if (!lease) return {};
  } else {
    auto larger = take_larger(wanted);
    std::memcpy(larger->what()->room().data(), lease->what()->room().data(), used);
    lease = std::move(larger);
  }
  return lease->what()->room();
}

std::unique_ptr<segment_store::lease> large_value::leased_memory::take_larger(std::size_t wanted) {
  const auto twice = 2 * lease->what()->capacity();
  if (wanted < twice) {
    try {
      return store.take(twice, segment_store::wanted::in_any_case);
    } catch (const shared_memory_full&) {
      // There may be just enough.
    }
  }
  return store.take(wanted, segment_store::wanted::in_any_case);
}

}  // namespace offstage
