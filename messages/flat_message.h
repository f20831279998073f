// flat_message: one Cap'n Proto message as a value.
//
// Question: how does a message travel inside this process?
// Zone:     pure. Hears the builders in this folder, says words to the readers beside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace offstage {

/// One Cap'n Proto message in flat form (segment table, then segments), read in place.
///
/// Up to `inline_words` words (8 bytes each) live inside the object, so that the messages which
/// every task sends need no allocation; longer ones share one immutable block between copies.
/// @thread Any; a single object is used by one thread at a time.
class flat_message {
 public:
  using word = std::uint64_t;

  /// Capacity of the object itself, in words.
  static constexpr std::size_t inline_words = 8;

  /// An empty message, which no reader accepts.
  flat_message() noexcept : words_{}, size_(0) {}

  /// Room for `size` words, all zero, to be filled through `writable()` before the first copy.
  /// @errors std::bad_alloc.
  explicit flat_message(std::size_t size);

  flat_message(const flat_message& other) noexcept { share(other); }
  flat_message(flat_message&& other) noexcept { take(other); }
  flat_message& operator=(const flat_message& other) noexcept {
    if (this == &other) return *this;
    drop();
    share(other);
    return *this;
  }
  flat_message& operator=(flat_message&& other) noexcept {
    if (this == &other) return *this;
    drop();
    take(other);
    return *this;
  }
  ~flat_message() {
    if (!is_inline()) block_.~block();
  }

  /// The words of the message.
  std::span<const word> words() const noexcept { return {data(), size_}; }

  /// The words of a message that nobody else holds yet.
  std::span<word> writable() noexcept { return {const_cast<word*>(data()), size_}; }

  /// True if there is no message in it.
  bool empty() const noexcept { return size_ == 0; }

 private:
  using block = std::shared_ptr<word[]>;

  bool is_inline() const noexcept { return size_ <= inline_words; }
  const word* data() const noexcept { return is_inline() ? words_ : block_.get(); }

  // A message changes hands several times on its way. All of the words at once are a few
  // instructions; as many as there are would be a call of memcpy.
  void take(flat_message& other) noexcept {
    if (other.is_inline()) {
      std::memcpy(words_, other.words_, sizeof(words_));
    } else {
      new (&block_) block(std::move(other.block_));
      other.block_.~block();
    }
    size_ = std::exchange(other.size_, 0);
  }

  void share(const flat_message& other) noexcept {
    if (other.is_inline()) {
      std::memcpy(words_, other.words_, sizeof(words_));
    } else {
      new (&block_) block(other.block_);
    }
    size_ = other.size_;
  }

  void drop() noexcept {
    if (!is_inline()) block_.~block();
    size_ = 0;
  }

  union {
    word words_[inline_words];
    block block_;
  };
  std::uint32_t size_;
};

}  // namespace offstage
