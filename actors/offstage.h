// The front door of Offstage: everything an application needs that has never heard of actors.
//
// Question: what is there?
// Zone:     home.
//
//   loops      manual_loop                a loop for programs without one; `loop` to derive from
//   contexts   multithreading_context     work in threads of this process (the default)
//              multiprocessing_context    work in child processes, which may crash; `worker_entry`
//                                         is the first statement of `main` then; start_method,
//                                         preload_step
//              parallel_context           the interface, to bring your own
//   executors  executor, executor_options takes tasks; stop(), shutdown(limit)
//   tasks      submit_call                one call; give the callable a std::stop_token to be
//                                         interruptible
//              submit_iteration           a range or a generator<T, R>, item by item
//              submit_progress            a call that reports through progress<P>&
//              submit_steps               a call that reports through steps_reporter&
//              executor::submit           a kind of your own, through task_channel&
//              idempotent                 marks a callable that may be called twice
//              initialize_with            what each worker does first, for pools and executors
//   futures    call_future<R>             state(), done(), result(), failure(), why(), cancel(),
//                                         on_state, on_done, on_result, on_failure
//              iteration_future<T, R>     and on_item
//              progress_future<P, R>      and on_progress
//              steps_future<R>            and message(), total(), complete(), on_message, ...
//              custom_future<Future, R>   to derive from: on_message by name
//              future_state, end_reason,  what observers see
//              failure
//              subscription,              ends an observer's calls, by hand or with a scope
//              scoped_subscription
//   sharing    worker_pool, event         workers for several executors; a flag for tasks and home
//              pool_options, worker_care  how workers are made, kept and replaced
//   limits     time_limit                 any duration, or for ever: what every limit is given as
//   errors     usage_error and its kinds  misuse; task_failed and task_cancelled from result()
//   logs       write_log, should_log      records of your own, from home and from tasks
//              set_log_level,             which records are kept, and where they go, those of
//              set_log_sink               worker processes, too
//
//   int main() {
//     offstage::manual_loop loop;
//     offstage::executor executor{loop};
//     auto future = offstage::submit_call(executor, slow_square, 12);
//     loop.run_until(future);
//     std::cout << future.result() << '\n';
//   }
#pragma once

#include "actors/context/event.h"                    // IWYU pragma: export
#include "actors/context/multiprocessing_context.h"  // IWYU pragma: export
#include "actors/context/multithreading_context.h"   // IWYU pragma: export
#include "actors/context/parallel_context.h"         // IWYU pragma: export
#include "actors/errors/errors.h"                    // IWYU pragma: export
#include "actors/executor/executor.h"                // IWYU pragma: export
#include "actors/future/custom_future.h"             // IWYU pragma: export
#include "actors/future/future.h"                    // IWYU pragma: export
#include "actors/future/iteration_future.h"          // IWYU pragma: export
#include "actors/future/progress_future.h"           // IWYU pragma: export
#include "actors/future/steps_future.h"              // IWYU pragma: export
#include "actors/kinds/generator.h"                  // IWYU pragma: export
#include "actors/kinds/idempotent.h"                 // IWYU pragma: export
#include "actors/kinds/initialize_with.h"            // IWYU pragma: export
#include "actors/kinds/progress.h"                   // IWYU pragma: export
#include "actors/kinds/steps_reporter.h"             // IWYU pragma: export
#include "actors/kinds/submit_call.h"                // IWYU pragma: export
#include "actors/kinds/submit_custom.h"              // IWYU pragma: export
#include "actors/kinds/submit_iteration.h"           // IWYU pragma: export
#include "actors/kinds/submit_progress.h"            // IWYU pragma: export
#include "actors/kinds/submit_steps.h"               // IWYU pragma: export
#include "actors/log/logging.h"                      // IWYU pragma: export
#include "actors/loop/deadline.h"                    // IWYU pragma: export
#include "actors/loop/loop.h"                        // IWYU pragma: export
#include "actors/loop/manual_loop.h"                 // IWYU pragma: export
#include "actors/node/start_method.h"                // IWYU pragma: export
#include "actors/node/worker_entry.h"                // IWYU pragma: export
#include "actors/pool/worker_care.h"                 // IWYU pragma: export
#include "actors/pool/worker_pool.h"                 // IWYU pragma: export
