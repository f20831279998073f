// context_users: the executors of a context, and the calls under way.
//
// Question: who is told when a context goes, and may it go now?
// Zone:     border. Hears executors of any home and the context.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "actors/sync/mutex.h"
#include "actors/sync/process_mark.h"

namespace offstage {

class parallel_context;

/// What an executor knows of its context. It outlives the context, which may go in another thread
/// at any time.
/// @thread Any.
class context_users {
 public:
  /// An executor, as its context sees it. The calls come in the thread that destroys the context,
  /// which need not be the executor's home.
  class client {
   public:
    /// The context is going: begin to stop.
    virtual void context_ends() noexcept = 0;

    /// All others were told so: end, if this is the home, in the time of the thread's `ending`.
    virtual void end_with_context() noexcept = 0;

    /// The context has ended, if this is the home: its loop is to tell the thread's `ending` of its
    /// next turn.
    virtual void tell_turn() noexcept = 0;

   protected:
    ~client() = default;
  };

  using clients = std::vector<std::pair<const client*, std::weak_ptr<client>>>;

  /// @errors std::bad_alloc.
  explicit context_users(parallel_context& whose) : whose_(&whose) {}
  context_users(const context_users&) = delete;
  context_users& operator=(const context_users&) = delete;

  /// An executor begins to use the context.
  /// @errors context_closed.
  void enter(const std::shared_ptr<client>& who);

  /// An executor does not use the context any more.
  void leave(const client& who) noexcept;

  /// The loop of a client has gone, so that any thread may end it: true for the first one that
  /// asks.
  bool begin_end(const client& who) noexcept;

  /// Whoever was the first has ended it.
  void end_is_over(const client& who) noexcept;

  /// Waits until that is so, or the moment has come.
  void await_end(const client& who, std::chrono::steady_clock::time_point until) noexcept;

  /// Closes the context unless executors use it.
  /// @returns Whether it was open until now.
  /// @errors context_in_use.
  bool close();

  bool closed() const noexcept;

  /// The context is being destroyed: closes it, whoever uses it.
  /// @param told Whom to tell.
  /// @returns Whether it was open until now.
  bool close_for(clients& told) noexcept;

  /// The context goes: nobody finds it any more. Waits for the calls under way.
  void gone() noexcept;

  /// While it lives, the context does.
  class call {
   public:
    ~call();
    call(call&& other) noexcept
        : users_(std::exchange(other.users_, nullptr)), context_(other.context_) {}
    call& operator=(call&&) = delete;

    parallel_context& operator*() const noexcept { return *context_; }
    parallel_context* operator->() const noexcept { return context_; }

   private:
    friend class context_users;
    call(context_users& users, parallel_context* context) noexcept
        : users_(&users), context_(context) {}

    context_users* users_;
    parallel_context* context_;
  };

  /// Calls the context.
  /// @param what The name of the caller, for the text.
  /// @errors context_closed if it is gone.
  call use(const char* what);

  /// What the context made runs from now on, so that a copy of this process has no use for it.
  void warm_up();

  /// True in a copy of the process in which it was warmed up.
  bool elsewhere() const noexcept {
    return warm_.load(std::memory_order_acquire) && !warm_in_.is_this();
  }

  /// Throws if the calling process is a copy of the one in which it was warmed up.
  /// @errors wrong_process.
  void require_process(const char* what) const {
    if (elsewhere()) warm_in_.require_this(what);
  }

 private:
  mutable sync::mutex mutex_;
  parallel_context* whose_ OFFSTAGE_GUARDED_BY(mutex_);
  bool closed_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  std::size_t calls_ OFFSTAGE_GUARDED_BY(mutex_) = 0;
  sync::condition calls_ended_;
  clients present_ OFFSTAGE_GUARDED_BY(mutex_);
  std::vector<const client*> being_ended_ OFFSTAGE_GUARDED_BY(mutex_);  // Without a home.
  sync::condition end_is_over_;

  // A copy of the process reads these without the lock, which may be held there by a thread that it
  // does not have.
  std::atomic<bool> warm_{false};
  sync::process_mark warm_in_;  // Written once, before `warm_`.
};

}  // namespace offstage
