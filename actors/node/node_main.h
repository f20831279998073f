// node_main: the main function of a worker process.
//
// Question: what does a worker process do from its first moment to its last?
// Zone:     child.
#pragma once

namespace offstage {

/// Takes tasks from the lane and runs them, until the lane ends or the parent is gone.
/// @thread The main thread, before there is another one.
[[noreturn]] void node_main();

}  // namespace offstage
