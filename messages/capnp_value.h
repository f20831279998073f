// capnp_value: a Cap'n Proto message of the user's own schema, as a value.
//
// Question: how does a structure with a schema travel, and how is it read without being unpacked?
// Zone:     pure. Hears the user, says words to other processes through codec<T>.
//
// Opt-in: the one public header that includes Cap'n Proto.
//
//   using offstage::capnp_value;
//
//   capnp_value<Grid> make_grid(int size) {
//     return capnp_value<Grid>::build([&](Grid::Builder grid) { grid.initCells(size); });
//   }
//   auto future = offstage::submit_call(executor, make_grid, 1000000);
//   future.on_result([](const auto& now) { draw(now.result()->getCells()); });
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "messages/codec/codec.h"

namespace offstage {

namespace capnp_detail {

/// The words of a message, whoever has them, and a reader of them.
struct held_words {
  std::unique_ptr<capnp::MallocMessageBuilder> built;  // Either it has them,
  std::unique_ptr<capnp::word[]> copied;               // or this,
  std::shared_ptr<const void> kept;                    // or what this keeps.
  std::unique_ptr<capnp::MessageReader> reader;

  /// Each word may be read as often as the user likes, for as long as the value lives.
  static capnp::ReaderOptions options() {
    capnp::ReaderOptions out;
    out.traversalLimitInWords = std::numeric_limits<std::uint64_t>::max();
    return out;
  }

  /// The segments of the message, in Cap'n Proto's sense.
  std::vector<kj::ArrayPtr<const capnp::word>> segments() const {
    std::vector<kj::ArrayPtr<const capnp::word>> out;
    for (unsigned i = 0;; ++i) {
      const auto segment = reader->getSegment(i);
      // A message has one at least, if only an empty one.
      if (segment.begin() == nullptr && i != 0) return out;
      out.push_back(segment);
      if (segment.begin() == nullptr) return out;
    }
  }
};

}  // namespace capnp_detail

/// A message whose root is the struct `S` of a Cap'n Proto schema: an argument, item, report or
/// result of tasks in both contexts.
///
/// It never changes. Copies share the words, which are freed with the last of them. A large value
/// that came from another process is read where that process put it, without a copy, also after the
/// process died; while it lives, it keeps that memory.
///
/// Cap'n Proto's own limits hold: one blob or text has less than 512 MiB, one list 536,870,911
/// elements at most, and structures are 64 levels deep at most; a message may be larger than 2 GiB.
/// @thread Any; copies and readers may be used by several threads at a time.
template <class S>
class capnp_value {
 public:
  using reader_type = typename S::Reader;    ///< What the schema's compiler made to read it,
  using builder_type = typename S::Builder;  ///< and to fill it.

  /// A message that `fill(S::Builder)` fills.
  /// @errors What `fill` throws; kj::Exception beyond the limits of Cap'n Proto.
  template <class Fill>
  static capnp_value build(Fill&& fill) {
    auto words = std::make_unique<capnp::MallocMessageBuilder>();
    std::forward<Fill>(fill)(words->initRoot<S>());
    return capnp_value(std::move(words));
  }

  /// The message with all defaults.
  capnp_value() : capnp_value(build([](builder_type) {})) {}

  /// The message in this builder, whose root is an `S`.
  /// @owns The builder.
  explicit capnp_value(std::unique_ptr<capnp::MallocMessageBuilder> from) {
    auto held = std::make_shared<capnp_detail::held_words>();
    held->reader = std::make_unique<capnp::SegmentArrayMessageReader>(
        from->getSegmentsForOutput(), capnp_detail::held_words::options());
    held->built = std::move(from);
    read(std::move(held));
  }

  /// A copy of the message in this builder, whose root is an `S`.
  explicit capnp_value(capnp::MessageBuilder& from) : capnp_value(copied(from)) {}

  /// A reader of the root; lives as long as any copy of this value.
  reader_type reader() const noexcept { return root_; }

  /// The same: `value->getName()`.
  const reader_type* operator->() const noexcept { return &root_; }

  /// How many bytes its words have.
  std::size_t size_bytes() const noexcept { return size_bytes_; }

 private:
  friend struct codec<capnp_value<S>>;

  capnp_value(std::shared_ptr<capnp_detail::held_words> held,
              kj::ArrayPtr<const capnp::word> words) {
    held->reader =
        std::make_unique<capnp::FlatArrayMessageReader>(words, capnp_detail::held_words::options());
    read(std::move(held));
  }

  static capnp_value copied(capnp::MessageBuilder& from) {
    const auto segments = from.getSegmentsForOutput();
    auto words = std::make_unique<capnp::MallocMessageBuilder>();
    capnp::SegmentArrayMessageReader reader(segments, capnp_detail::held_words::options());
    words->setRoot(reader.getRoot<S>());
    return capnp_value(std::move(words));
  }

  void read(std::shared_ptr<capnp_detail::held_words> held) {
    root_ = held->reader->template getRoot<S>();
    for (const auto& each : held->segments()) size_bytes_ += each.size() * sizeof(capnp::word);
    held_ = std::move(held);
  }

  std::shared_ptr<const capnp_detail::held_words> held_;
  reader_type root_;
  std::size_t size_bytes_ = 0;
};

/// A capnp_value is its words in Cap'n Proto's flat form, where words may lie.
template <class S>
struct codec<capnp_value<S>> : codec_detail::built_in_codec {
  static constexpr bool quiet = true;  // The words are read by whoever looks at them.

  /// Writes the words.
  static void encode(byte_writer& writer, const capnp_value<S>& value) {
    const auto segments = value.held_->segments();
    // The number of segments less one and their sizes, in as many halves of words.
    std::vector<std::uint32_t> table = {static_cast<std::uint32_t>(segments.size() - 1)};
    std::size_t words = 0;
    for (const auto& each : segments) {
      table.push_back(static_cast<std::uint32_t>(each.size()));
      words += each.size();
    }
    if (table.size() % 2 != 0) table.push_back(0);
    writer.write_size(words + table.size() / 2);
    writer.write_padding(sizeof(capnp::word));
    writer.append(std::as_bytes(std::span(table)));
    for (const auto& each : segments) {
      writer.append(
          {reinterpret_cast<const std::byte*>(each.begin()), each.size() * sizeof(capnp::word)});
    }
  }

  /// Refers to the words where they stay, and copies them where they do not.
  /// @errors codec_error if they are no message with an `S`. What is wrong further in is found by
  ///   whoever reads it: kj::Exception.
  static capnp_value<S> decode(byte_reader& reader) {
    constexpr std::string_view type = "a Cap'n Proto message";
    const auto count = reader.read_size(type);
    reader.read_padding(type);
    const auto most = reader.remaining() / sizeof(capnp::word);
    if (count > most) codec_detail::throw_length(type, most, count);
    const auto bytes = reader.take(count * sizeof(capnp::word), type);
    auto held = std::make_shared<capnp_detail::held_words>();
    const auto* begin = reinterpret_cast<const capnp::word*>(bytes.data());
    if (reader.keeper() && reinterpret_cast<std::uintptr_t>(begin) % alignof(capnp::word) == 0) {
      held->kept = reader.keeper();
    } else {
      held->copied = std::make_unique<capnp::word[]>(count);
      if (count != 0) std::memcpy(held->copied.get(), bytes.data(), bytes.size());
      begin = held->copied.get();
    }
    try {
      return capnp_value<S>(std::move(held), {begin, count});
    } catch (const kj::Exception& refused) {
      codec_detail::throw_malformed(type, "one that is whole", refused.getDescription().cStr());
    }
  }
};

}  // namespace offstage
