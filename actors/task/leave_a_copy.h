// leave_a_copy: the end of a copy of the process that came out of the user's code.
//
// Question: what happens if a body calls fork() and returns in both processes?
// Zone:     away.
#pragma once

#include "actors/sync/process_mark.h"

namespace offstage {

/// Ends the process with `EXIT_FAILURE` unless `mark` was made in it.
///
/// The copy has the calling thread only, and the mutexes as they were. What waits for that thread
/// is in the other process. So nothing is destroyed and no exit handler is called; a line on
/// standard error names `what` returned in both.
/// @param what What the user's code was, e.g. "a task".
/// @thread Away, after each call of the user's code.
void leave_a_copy(const sync::process_mark& mark, const char* what) noexcept;

}  // namespace offstage
