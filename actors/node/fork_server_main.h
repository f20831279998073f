// fork_server_main: what a fork server does.
//
// Question: how is a worker process forked from a process that does nothing else?
// Zone:     child. Hears its parent on the link, says what became of workers.
#pragma once

namespace offstage {

/// Preloads, then forks workers on request and tells how they ended, until the parent has ended or
/// closes the link. Never returns; a forked worker runs `node_main` from within it.
/// @thread The main thread; there is no other one.
[[noreturn]] void fork_server_main();

}  // namespace offstage
