// core_dump: whether a process is being written to a file, for it has crashed.
//
// Question: why does this worker take so long to end?
// Zone:     away.
#pragma once

#include <string_view>

namespace offstage {

/// True if this is the text of /proc/PID/status of a process whose core is being written.
/// @source proc(5), CoreDumping.
bool tells_of_core(std::string_view status) noexcept;

/// True if its core is being written.
bool writes_core(int process_id);

}  // namespace offstage
