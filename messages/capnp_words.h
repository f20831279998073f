// capnp_words: between Cap'n Proto's builders and readers and our flat messages.
//
// Question: how are words made and read without needless copies?
// Zone:     pure. Hears and says only this folder's sources.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>
#include <string>
#include <utility>

#include "messages/flat_message.h"
#include "messages/payload.h"

namespace offstage::capnp_words {

static_assert(sizeof(capnp::word) == sizeof(flat_message::word));

/// The most a reader follows in a message of so many words: each of them once, and then some more
/// for lists of nothing. Without a limit a short message could point to the same words again and
/// again.
constexpr std::uint64_t traversal_limit_words(std::size_t size) { return 2 * size + 64; }

/// Builds a message whose root is `Schema`, filled by `fill(Schema::Builder)`.
template <class Schema, class Fill>
flat_message build(Fill&& fill) {
  capnp::word scratch[32] = {};
  capnp::MallocMessageBuilder builder(kj::arrayPtr(scratch, 32));
  std::forward<Fill>(fill)(builder.initRoot<Schema>());
  auto segments = builder.getSegmentsForOutput();
  if (segments.size() == 1) {
    // A segment table of one segment is one word: number of segments - 1, then its size.
    flat_message out(segments[0].size() + 1);
    auto words = out.writable();
    words[0] = static_cast<flat_message::word>(segments[0].size()) << 32;
    std::memcpy(&words[1], segments[0].begin(), segments[0].size() * sizeof(capnp::word));
    return out;
  }
  auto flat = capnp::messageToFlatArray(segments);
  flat_message out(flat.size());
  std::memcpy(out.writable().data(), flat.begin(), flat.size() * sizeof(capnp::word));
  return out;
}

/// Reads a message whose root is `Schema` and returns what `use(Schema::Reader)` returns.
/// @errors malformed_message for anything that Cap'n Proto refuses.
template <class Schema, class Use>
auto read(const flat_message& message, Use&& use) {
  if (message.empty()) throw malformed_message("an empty message");
  auto words = message.words();
  capnp::ReaderOptions options;
  options.traversalLimitInWords = traversal_limit_words(words.size());
  try {
    capnp::FlatArrayMessageReader reader(
        kj::arrayPtr(reinterpret_cast<const capnp::word*>(words.data()), words.size()), options);
    return std::forward<Use>(use)(reader.getRoot<Schema>());
  } catch (const kj::Exception& refused) {
    throw malformed_message(std::string("not a message of the expected schema: ") +
                            refused.getDescription().cStr());
  }
}

/// Bytes of ours as Cap'n Proto's.
inline kj::ArrayPtr<const kj::byte> to_data(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

/// Text of ours as Cap'n Proto's data.
inline kj::ArrayPtr<const kj::byte> to_data(std::string_view text) {
  return {reinterpret_cast<const kj::byte*>(text.data()), text.size()};
}

/// Cap'n Proto's bytes as ours.
inline std::span<const std::byte> from_data(kj::ArrayPtr<const kj::byte> data) {
  return {reinterpret_cast<const std::byte*>(data.begin()), data.size()};
}

/// Cap'n Proto's data as text of ours.
inline std::string_view text_of(kj::ArrayPtr<const kj::byte> data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

/// Writes a value (or where it waits) into its place in a message.
template <class Builder>
void write_payload(Builder out, const payload& value) {
  switch (value.kind) {
    case payload_kind::nothing:
      out.setNothing();
      break;
    case payload_kind::slot:
      out.setSlot();
      break;
    case payload_kind::bytes:
      out.setBytes(to_data(value.bytes));
      break;
    case payload_kind::segment: {
      auto place = out.initSegment();
      place.setId(value.place.id);
      place.setOffset(value.place.offset);
      place.setSize(value.place.size);
      break;
    }
  }
}

/// Reads a value (or where it waits) from its place in a message.
template <class Reader>
payload read_payload(Reader in) {
  switch (in.which()) {
    case Reader::Reads::Which::NOTHING:
      return {payload_kind::nothing};
    case Reader::Reads::Which::SLOT:
      return {payload_kind::slot};
    case Reader::Reads::Which::BYTES:
      return {payload_kind::bytes, from_data(in.getBytes())};
    case Reader::Reads::Which::SEGMENT: {
      const auto place = in.getSegment();
      return {payload_kind::segment, {}, {place.getId(), place.getOffset(), place.getSize()}};
    }
  }
  throw malformed_message("a payload of an unknown kind");
}

}  // namespace offstage::capnp_words
