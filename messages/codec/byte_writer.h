// byte_writer: where codecs put their bytes.
//
// Question: how do values become a row of bytes?
// Zone:     pure. Hears every codec<T>::encode, says bytes to whoever sends them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "messages/codec/byte_memory.h"
#include "messages/codec/codec_error.h"
#include "messages/codec/nesting_level.h"
#include "messages/codec/type_name.h"

namespace offstage {

template <class T>
struct codec;

/// Takes values and appends their bytes, in one of four ways: to a block of its own that grows; to
/// that and, once they are many, to memory of the caller's; to room given by the caller; or
/// nowhere, to learn the size only.
///
///     byte_writer writer;
///     writer.write(12, std::string("twelve"));
///     std::vector<std::byte> bytes = std::move(writer).take_bytes();
///
/// After an exception the bytes written so far are meaningless.
/// @thread Any; one writer is used by one thread at a time.
class byte_writer {
 public:
  /// Writes to a block of its own.
  byte_writer() noexcept : byte_writer(target::own, {}) {}

  /// Writes to a block of its own, up to `own_bytes_max` bytes; then moves to `large`, if that has
  /// room. `large` must outlive the writer.
  byte_writer(byte_memory& large, std::size_t own_bytes_max) noexcept
      : byte_writer(target::own, {}) {
    large_ = &large;
    own_bytes_max_ = own_bytes_max;
  }

  /// Writes to `room`, which must outlive the writer.
  explicit byte_writer(std::span<std::byte> room) noexcept : byte_writer(target::room, room) {}

  /// Writes nowhere and counts.
  static byte_writer measuring() noexcept { return byte_writer(target::nowhere, {}); }

  byte_writer(const byte_writer&) = delete;
  byte_writer& operator=(const byte_writer&) = delete;

  /// Appends each value as its codec encodes it, from left to right.
  /// @errors codec_error if a value has no encoding, if values nest deeper than
  /// `nesting_depth_max`, or if the given room is too small; whatever a codec of the user's throws;
  /// std::bad_alloc.
  template <class... Ts>
  void write(const Ts&... values) {
    (write_one(values), ...);
  }

  /// Appends an element of a container: as `write`, but never empty. An element without bytes of
  /// its own becomes a zero byte, so that a length can always be checked against what is left.
  /// @errors As `write`.
  template <class T>
  void write_element(const T& value) {
    const auto before = size_;
    write_one(value);
    if (size_ == before) append_byte(std::byte{0});
  }

  /// Appends a length or an index: one byte below 255, nine from there.
  /// @errors As `append`.
  void write_size(std::size_t value) {
    if (value < 255) return append_byte(static_cast<std::byte>(value));
    append_byte(std::byte{255});
    const std::uint64_t wide = value;
    append(std::as_bytes(std::span(&wide, 1)));
  }

  /// Appends bytes as they are.
  /// @errors codec_error if the given room is too small; std::bad_alloc; what
  /// `byte_memory::enlarge` throws.
  void append(std::span<const std::byte> bytes);

  /// Appends zeros, and before them how many, so that what follows lies at a multiple of
  /// `alignment` from the beginning. `byte_reader::read_padding` reads them.
  /// @param alignment At most 64.
  /// @errors As `append`.
  void write_padding(std::size_t alignment);

  /// One level deeper, until the returned object ends; `write` does this by itself.
  /// @errors codec_error, which names `type`, beyond `nesting_depth_max`.
  [[nodiscard]] codec_detail::nesting_level nested(std::string_view type) {
    return codec_detail::nesting_level(depth_, type);
  }

  /// How many bytes were written.
  std::size_t size() const noexcept { return size_; }

  /// The bytes of a writer with a block of its own; empty for the others, and if they have moved.
  std::vector<std::byte> take_bytes() && noexcept { return std::move(bytes_); }

  /// True if the bytes have moved to the caller's memory.
  bool moved() const noexcept { return target_ == target::large; }

 private:
  enum class target : std::uint8_t { own, large, room, nowhere };

  byte_writer(target where, std::span<std::byte> room) noexcept : target_(where), room_(room) {}

  void append_byte(std::byte value) { append({&value, 1}); }
  bool move_for(std::size_t wanted);

  template <class T>
  void write_one(const T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      codec<T>::encode(*this, value);
    } else {
      const auto level = nested(codec_detail::type_name<T>());
      codec<T>::encode(*this, value);
    }
  }

  target target_;
  std::span<std::byte> room_;
  std::vector<std::byte> bytes_;
  byte_memory* large_ = nullptr;
  std::size_t own_bytes_max_ = SIZE_MAX;
  std::size_t size_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace offstage
