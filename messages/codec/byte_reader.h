// byte_reader: where codecs find their bytes.
//
// Question: how does a row of bytes become values again, whatever is in it?
// Zone:     pure. Hears bytes that another process sent, says values to every codec<T>::decode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "messages/codec/codec_error.h"
#include "messages/codec/nesting_level.h"
#include "messages/codec/type_name.h"

namespace offstage {

template <class T>
struct codec;

/// Reads values in the order in which a byte_writer wrote them. Trusts nothing: every read is
/// checked against what is left, and no length makes it allocate more than the bytes left justify.
///
///     byte_reader reader(bytes);
///     int number = reader.read<int>();
///     std::string text = reader.read<std::string>();
///
/// After a codec_error the reader's place is unspecified.
/// @thread Any; one reader is used by one thread at a time.
class byte_reader {
 public:
  /// Reads from `bytes`, which must outlive the reader.
  /// @param keeper The bytes stay where they are as long as somebody holds this; null if nobody but
  ///   the caller can say how long they do.
  explicit byte_reader(std::span<const std::byte> bytes,
                       std::shared_ptr<const void> keeper = nullptr) noexcept
      : rest_(bytes), keeper_(std::move(keeper)) {}

  byte_reader(const byte_reader&) = delete;
  byte_reader& operator=(const byte_reader&) = delete;

  /// The next value.
  /// @errors codec_error if the bytes are not a T, or nest deeper than `nesting_depth_max`;
  /// whatever a codec of the user's throws; std::bad_alloc.
  template <class T>
  std::remove_cv_t<T> read() {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      return codec<T>::decode(*this);
    } else {
      const auto level = nested(codec_detail::type_name<T>());
      return codec<T>::decode(*this);
    }
  }

  /// The next element of a container, as `write_element` wrote it.
  /// @errors As `read`.
  template <class T>
  std::remove_cv_t<T> read_element() {
    const auto before = rest_.size();
    std::remove_cv_t<T> value = read<T>();
    if (rest_.size() == before) read_filler(codec_detail::type_name<T>());
    return value;
  }

  /// A length or an index, as `write_size` wrote it. It is not checked against anything.
  /// @errors codec_error, which names `type`.
  std::size_t read_size(std::string_view type);

  /// The number of elements that follow; each takes a byte at least.
  /// @errors codec_error, which names `type`, if fewer bytes are left than elements announced.
  std::size_t read_count(std::string_view type);

  /// The next `count` bytes, in place.
  /// @errors codec_error, which names `type`, if fewer are left.
  std::span<const std::byte> take(std::size_t count, std::string_view type) {
    if (count > rest_.size()) codec_detail::throw_truncated(type, count, rest_.size());
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  /// Skips what `byte_writer::write_padding` wrote.
  /// @errors codec_error, which names `type`.
  void read_padding(std::string_view type);

  /// What keeps the bytes where they are: a codec that copies it may refer to what it has taken,
  /// and need not copy that. Null if the bytes go when the reading is over.
  const std::shared_ptr<const void>& keeper() const noexcept { return keeper_; }

  /// One level deeper, until the returned object ends; `read` does this by itself.
  /// @errors codec_error, which names `type`, beyond `nesting_depth_max`.
  [[nodiscard]] codec_detail::nesting_level nested(std::string_view type) {
    return codec_detail::nesting_level(depth_, type);
  }

  /// How many bytes are left.
  std::size_t remaining() const noexcept { return rest_.size(); }

  /// How many of `count` announced elements to make room for at once: no more memory than there
  /// are bytes left, since the announcement may be a lie.
  template <class T>
  std::size_t room_for(std::size_t count) const noexcept {
    const auto affordable = rest_.size() / sizeof(T) + 1;
    return count < affordable ? count : affordable;
  }

 private:
  void read_filler(std::string_view type);

  std::span<const std::byte> rest_;
  std::shared_ptr<const void> keeper_;
  std::size_t depth_ = 0;
};

}  // namespace offstage
