// errors: the exceptions that Offstage throws at its caller.
//
// Question: which type tells which mistake?
// Zone:     pure. Every room may throw them.
#pragma once

#include <stdexcept>

namespace offstage {

/// The base of everything that misuse throws; its text says what was expected and what was found.
class usage_error : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// A call that belongs to the loop's home came from another thread or sequence.
class wrong_sequence : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The loop was destroyed before, and the call needs it.
class loop_gone : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The executor is stopping or stopped, and the call needs a running one.
class executor_not_running : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The pool takes no more tasks because it was closed.
class pool_closed : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The pool belongs to another context than the one given beside it.
class pool_mismatch : public usage_error {
 public:
  using usage_error::usage_error;
};

/// Options that exclude each other, or a value out of its range.
class invalid_options : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The context still has executors that are not stopped.
class context_in_use : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The context was closed before.
class context_closed : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The router is not in the state that the call needs, or the pipe is not one of its open ones.
class router_misuse : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The sender of a pipe is used out of its order: start, send, stop, each end once.
class sender_misuse : public usage_error {
 public:
  using usage_error::usage_error;
};

/// A result or failure was asked of a future that has none; the text names its state.
class not_done : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The result was moved out before by `take_result()`.
class result_taken : public usage_error {
 public:
  using usage_error::usage_error;
};

/// A prepared task was submitted or moved from before: there is no task in it.
class task_taken : public usage_error {
 public:
  using usage_error::usage_error;
};

/// A task for another process has a part that cannot be sent there; the text names its type and the
/// way out.
class not_transferable : public usage_error {
 public:
  using usage_error::usage_error;
};

/// A context of worker processes was made in a program whose `main` did not call
/// `offstage::worker_entry` first.
class worker_entry_missing : public usage_error {
 public:
  using usage_error::usage_error;
};

/// A fork server cannot preload any more: it runs already.
class preload_too_late : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The call belongs to tasks in worker processes, and this process is none.
class not_in_worker : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The object belongs to another process; this one is a copy of it, made by fork(), and has none of
/// the threads that serve the object.
class wrong_process : public usage_error {
 public:
  using usage_error::usage_error;
};

/// There is no memory for a value on its way to or from a worker process; the text names the sizes
/// wanted and there.
class shared_memory_full : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The future was cancelled, so there is no result.
class task_cancelled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace offstage
