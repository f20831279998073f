// worker_care: what worker processes are given, how long they stay, and what follows their deaths.
//
// Question: what can be chosen for the worker processes of a pool?
// Zone:     pure. Hears users, says it to the process pool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/loop/deadline.h"
#include "messages/durations.h"

namespace offstage {

/// What a pool does when a worker process ends by itself: a crash, an exit, a kill by somebody
/// else. The end that `terminate()` brings is none of these.
enum class on_worker_death : std::uint8_t {
  fail_task,  ///< The task that it ran fails; the worker is replaced.
  retry,      ///< As that, but a task that is `idempotent` is run again.
  /// That task, all that wait and all that are submitted later fail; so they do when an initializer
  /// throws, which is tried again otherwise.
  break_pool,
};

/// Care for the worker processes of a pool. Pools of threads have no use for any of it, and take no
/// notice: so the same options do for both.
struct worker_care {
  /// Variables as NAME=VALUE, in the place of those that this process has with the same names when
  /// the pool is made; what this process changes later no worker of the pool hears of. Names that
  /// begin with OFFSTAGE_ are the library's own. They are there when the initializer runs; where
  /// workers are spawned also when their libraries are loaded.
  std::vector<std::string> environment = {};

  /// An existing directory; empty: this process's, as it is when the worker, or the fork server,
  /// starts.
  std::string working_directory = {};

  /// How long a worker may take until it has begun, after which its initializer runs; one that says
  /// nothing for longer is ended, and counts as one that died. For ever: no limit. More than zero.
  time_limit start_time_max = std::chrono::seconds(10);

  /// How long an initializer may take; a worker that takes longer is ended, and counts as one that
  /// died. For ever: no limit. More than zero.
  time_limit initializer_time_max = {};

  /// After so many tasks a worker makes room for a new one, which is started before. At least 1.
  std::optional<int> tasks_max = {};

  /// A worker that uses so many bytes more than after its first task, of memory of its own that is
  /// in use, makes room for a new one, which is started before. Looked at after tasks.
  std::optional<std::size_t> memory_growth_max = {};

  /// A worker that had nothing to do for so long ends; more than zero. Workers are then started
  /// when there is something to do, and not before. For ever: none ends, and all start at once.
  time_limit idle_time_max = {};

  /// So many workers stay, however idle; 0 to the worker count.
  int idle_workers_min = 0;

  /// How many bytes of memory of its own a worker may ask for (RLIMIT_DATA: heap, stacks of threads
  /// and variables, used or not), at least 16 MiB. What asks for more gets std::bad_alloc, so that
  /// the task fails with failure_kind::out_of_memory.
  std::optional<std::size_t> memory_max = {};

  /// What follows when a worker dies.
  on_worker_death worker_deaths = on_worker_death::fail_task;

  /// With on_worker_death::retry, how many times a task is run again; at least 0.
  int retries_max = 1;

  /// So many workers that died are replaced at once within `restart_time`; then there is a pause
  /// before each, of 50 ms at first and 5 s at last. At least 1, and more than zero.
  int restarts_max = 100;
  time_limit restart_time = std::chrono::seconds(10);  ///< See `restarts_max`.

  /// True if all of it is the same.
  bool operator==(const worker_care&) const = default;
};

/// Refuses what no pool of so many processes can do.
/// @thread Any.
/// @errors invalid_options, which names the field.
void require_valid(const worker_care& care, std::size_t worker_count);

}  // namespace offstage
