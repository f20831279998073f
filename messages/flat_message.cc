#include "messages/flat_message.h"

#include <algorithm>
#include <new>
#include <stdexcept>

namespace offstage {

flat_message::flat_message(std::size_t size) : words_{}, size_(static_cast<std::uint32_t>(size)) {
  if (size > UINT32_MAX) throw std::length_error("a message of more than 2^32 words");
  if (!is_inline()) new (&block_) block(new word[size]());
}

flat_message::flat_message(const flat_message& other) noexcept : words_{}, size_(0) {
  share(other);
}

flat_message::flat_message(flat_message&& other) noexcept : words_{}, size_(0) { take(other); }

flat_message& flat_message::operator=(const flat_message& other) noexcept {
  if (this != &other) {
    drop();
    share(other);
  }
  return *this;
}

flat_message& flat_message::operator=(flat_message&& other) noexcept {
  if (this != &other) {
    drop();
    take(other);
  }
  return *this;
}

flat_message::~flat_message() { drop(); }

const flat_message::word* flat_message::data() const noexcept {
  return is_inline() ? words_ : block_.get();
}

void flat_message::share(const flat_message& other) noexcept {
  if (other.is_inline()) {
    std::copy_n(other.words_, other.size_, words_);
  } else {
    new (&block_) block(other.block_);
  }
  size_ = other.size_;
}

void flat_message::take(flat_message& other) noexcept {
  if (other.is_inline()) {
    std::copy_n(other.words_, other.size_, words_);
    size_ = other.size_;
    other.size_ = 0;
  } else {
    new (&block_) block(std::move(other.block_));
    size_ = other.size_;
    other.drop();
  }
}

void flat_message::drop() noexcept {
  if (!is_inline()) block_.~block();
  size_ = 0;
}

}  // namespace offstage
