// byte_memory: memory of another kind for many bytes.
//
// Question: where do the bytes of a large value go, so that they need not be copied again?
// Zone:     pure. Hears a byte_writer, says room; whoever sends large values implements it.
#pragma once

#include <cstddef>
#include <span>

namespace offstage {

/// Memory that a byte_writer goes on in when its bytes have become many: one block, which is made
/// larger on demand.
/// @thread One at a time.
class byte_memory {
 public:
  byte_memory() = default;
  byte_memory(const byte_memory&) = delete;
  byte_memory& operator=(const byte_memory&) = delete;

  /// Room for `wanted` bytes at least, which takes the place of the room given before and begins
  /// with its first `used` bytes. The first time (`used` is 0 then) it may be empty: there is none
  /// to be had for a value of that size, which stays where it is.
  /// @errors What making room throws.
  virtual std::span<std::byte> enlarge(std::size_t used, std::size_t wanted) = 0;

 protected:
  ~byte_memory() = default;
};

}  // namespace offstage
