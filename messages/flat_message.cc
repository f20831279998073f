#include "messages/flat_message.h"

#include <new>
#include <stdexcept>

namespace offstage {

flat_message::flat_message(std::size_t size) : words_{}, size_(static_cast<std::uint32_t>(size)) {
  if (size > UINT32_MAX) throw std::length_error("a message of more than 2^32 words");
  if (!is_inline()) new (&block_) block(new word[size]());
}

}  // namespace offstage
