// free_memory: how much memory this process could still take.
//
// Question: is there room, before it is asked for and something else is killed to make it?
// Zone:     border. Hears the kernel, says bytes.
#pragma once

#include <cstdint>

namespace offstage {

/// About how many bytes could be allocated now without anything being killed for it: what the
/// machine has left, and what the control groups of this process leave it.
/// @thread Any.
std::uint64_t free_memory_bytes();

}  // namespace offstage
