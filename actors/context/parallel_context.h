// parallel_context: the interface of contexts.
//
// Question: where does work run, and who makes what it needs there?
// Zone:     home. Hears the executor.
#pragma once

#include <memory>

#include "actors/context/context_users.h"
#include "actors/context/event.h"
#include "actors/pool/worker_pool.h"
#include "actors/router/message_router.h"

namespace offstage {

class loop;

/// Makes the parts that executors need to run work somewhere: in threads, in processes, or
/// wherever a user's own context takes it. Several executors may share one.
///
/// Derive from it to bring your own, as examples/own_context does: only `do_make_pool` must be
/// written. Give `anchor()` to the pools that you make, and call `finish()` in the destructor.
class parallel_context {
 public:
  /// An open context that nobody uses.
  parallel_context();
  parallel_context(const parallel_context&) = delete;
  parallel_context& operator=(const parallel_context&) = delete;

  /// Stops the executors that still use it: those of this thread are shut down, all of them
  /// together in two seconds at most, those of other homes are told to stop. Calls that executors
  /// of other homes make meanwhile are waited for. In a copy of the process made by fork(), after
  /// the first task, it does nothing.
  virtual ~parallel_context();

  /// Makes a pool of workers.
  /// @thread Any.
  /// @errors context_closed; invalid_options; wrong_process, as every call that makes something or
  ///   closes, in a copy of the process that was made by fork() after the first task.
  std::shared_ptr<worker_pool> make_pool(pool_options options = {});

  /// Makes an event, cleared, that may be passed to tasks of this context.
  /// @thread Any.
  /// @errors context_closed.
  event make_event();

  /// Makes a router that brings messages to `home`.
  /// @thread Home of that loop.
  /// @errors context_closed.
  std::unique_ptr<message_router> make_router(loop& home);

  /// Ends the context: nothing can be made any more. Closing twice is closing once.
  /// @thread Any.
  /// @errors context_in_use while an executor that uses it is not stopped; it stays open then.
  void close();

  /// True once closed.
  /// @thread Any.
  bool closed() const noexcept;

  /// The executors that use it.
  /// @thread Any.
  const std::shared_ptr<context_users>& users() const noexcept { return anchor_->users; }

  /// What pools carry to say that this context made them; it outlives the context.
  /// @thread Any.
  std::shared_ptr<const context_anchor> anchor() const noexcept { return anchor_; }

 protected:
  /// Does what `make_pool` says; the context is open.
  virtual std::shared_ptr<worker_pool> do_make_pool(pool_options options) = 0;

  /// Does what `make_event` says; the context is open. The default is an event between threads,
  /// which suits contexts whose tasks run in this process.
  virtual event do_make_event();

  /// The default is the library's own router, which suits contexts whose tasks run in this process.
  virtual std::unique_ptr<message_router> do_make_router(loop& home);

  /// Called once, when the context is closed or destroyed by the derived class's destructor. What
  /// waits here makes an `ending`, and waits until then at most.
  virtual void do_close() noexcept {}

  /// To be called first in the destructor of a derived class: does what ~parallel_context() says,
  /// while the derived parts still exist.
  void finish() noexcept;

 private:
  void require_open(const char* call) const;

  const std::shared_ptr<context_anchor> anchor_;
};

}  // namespace offstage
