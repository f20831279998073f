// worker_entry: where a worker process leaves the way of the application.
//
// Question: is this process the application, or one of its workers?
// Zone:     border. Called first in `main`.
#pragma once

#include <string>
#include <vector>

namespace offstage {

/// To be called as the first statement of `main` by every program that uses
/// multiprocessing_context: its workers are processes of the same program. In the application it
/// returns at once; in a worker it runs tasks, and never returns.
///
/// What runs before `main` (constructors of global objects) runs in workers, too.
/// @thread The main thread, before there is another one.
void worker_entry(int argc, char** argv);

/// True if `worker_entry` was called in this process.
/// @thread Any.
bool worker_entry_called() noexcept;

/// True in a process that was started as a worker, or as a fork server, and has not called
/// `worker_entry`: it takes itself for the application.
/// @thread Home; or one at a time with what changes the environment.
bool worker_entry_missed() noexcept;

/// True in a process that has privileges which whoever started it does not have: of a file with the
/// set-user-ID or set-group-ID bit, or with capabilities. It is no worker and has none, for their
/// surroundings are those that a stranger has chosen.
/// @thread Any.
bool has_privileges_of_its_file() noexcept;

/// True in a worker process.
/// @thread Any.
bool is_worker_process() noexcept;

/// How many worker processes this one is inside of: 0 in the application.
/// @thread Home, as whatever changes the environment.
int worker_depth() noexcept;

/// The environment for worker processes of this one: what this one has now, with these additions,
/// as NAME=VALUE.
/// @thread Home, as whatever changes the environment: no thread of ours reads it later.
std::vector<std::string> worker_environment(std::vector<std::string> additions);

}  // namespace offstage
