// node_host: what all worker processes of a context share.
//
// Question: which workers are there, how are they started, and who ends them all?
// Zone:     away. Hears the context and the nodes.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/node/child_process.h"
#include "actors/node/fork_server.h"
#include "actors/node/line_relay.h"
#include "actors/node/log_relay.h"
#include "actors/node/oom_kills.h"
#include "actors/node/reactor.h"
#include "actors/node/segment_library.h"
#include "actors/node/segment_store.h"
#include "actors/node/start_method.h"
#include "actors/sync/mutex.h"
#include "actors/sync/process_mark.h"

namespace offstage {

class node;

/// What all worker processes of a context share: three threads, the program they run, and the way
/// they are started. It has no threads before the first worker is wanted, and belongs to the
/// process in which that was; in copies of it, made by fork(), it is never destroyed.
/// @thread Any.
class node_host {
 public:
  /// How workers are started.
  struct setup {
    std::string executable;              ///< Their program.
    std::optional<start_method> method;  ///< None: forked where that works, spawned elsewhere.
    std::vector<preload_step> preload = {};
    on_preload_error preload_errors = on_preload_error::warn;
    segment_reading large_values = segment_reading::in_place;
    std::vector<std::string> environment = {};  ///< Of the fork server, all of it, as NAME=VALUE.
  };

  /// @errors std::system_error.
  static std::shared_ptr<node_host> make(setup how);
  ~node_host();
  node_host(const node_host&) = delete;
  node_host& operator=(const node_host&) = delete;

  const std::string& executable() const noexcept { return executable_; }

  /// How the next worker is started.
  start_method method() const noexcept {
    return forks_ ? start_method::forkserver : start_method::spawn;
  }

  /// Adds a step. Returns false if the fork server has been started before.
  bool preload(preload_step step) { return server_.preload(std::move(step)); }

  /// Has its threads, so that workers can be started.
  /// @errors std::system_error if the threads cannot be had, and nothing has changed then;
  ///   context_closed if it has ended; wrong_process in a copy of the process that has them.
  void begin();

  /// True in a copy of the process that has its threads.
  bool elsewhere() const noexcept {
    return begun_.load(std::memory_order_acquire) && !begun_in_.is_this();
  }

  /// Starts a worker process.
  /// @thread Any, but home.
  /// @errors As fork_server::start and child_process.
  std::unique_ptr<child_process> start_process(child_process::plan what);

  // --- Once it has begun.

  /// Reads the lanes.
  reactor& lanes() noexcept { return *lanes_; }

  /// Passes on what workers print; it may be kept waiting by whoever reads that.
  reactor& outputs() noexcept { return *outputs_; }

  /// Takes the records of workers to the log; the user's sink may keep it waiting.
  log_relay& logs() noexcept { return *logs_; }

  // --- At any time.

  /// Where large values for workers are written.
  segment_store& segments() noexcept { return *segments_; }

  /// Ends all workers, and starts none any more: kindly first, with force half a second before the
  /// deadline. Those that have not ended even then are left alone, and named in the log; they keep
  /// this object. Where the deadline has come, it waits for that half second, and for a moment
  /// before.
  void end(std::chrono::steady_clock::time_point deadline) noexcept;

 private:
  friend class node;
  explicit node_host(setup how);
  static void destroy(node_host* host) noexcept;
  void trim_segments();

  // The end of the host waits for it, so that no process is left that nobody knows of yet.
  class start_in_progress {
   public:
    explicit start_in_progress(node_host& host);
    ~start_in_progress();
    start_in_progress(const start_in_progress&) = delete;
    start_in_progress& operator=(const start_in_progress&) = delete;

   private:
    node_host& host_;
  };

  void enter(const std::shared_ptr<node>& begun);
  void leave(const node& ended);
  void relay(const std::shared_ptr<line_relay>& output);
  std::vector<std::shared_ptr<node>> all() const;
  bool await_none(std::chrono::steady_clock::time_point deadline) const;
  void end_workers(std::chrono::steady_clock::time_point deadline);
  void tell_who_is_left() const;
  bool finish_outputs(std::chrono::steady_clock::time_point deadline);

  const std::string executable_;
  const bool may_spawn_instead_;
  std::atomic<bool> forks_;
  const segment_reading reading_;
  std::shared_ptr<segment_store> segments_;

  mutable sync::mutex mutex_;
  bool ending_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  int starts_ OFFSTAGE_GUARDED_BY(mutex_) = 0;  // In progress.
  mutable sync::condition left_;
  std::set<std::shared_ptr<node>> present_ OFFSTAGE_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<line_relay>> relays_ OFFSTAGE_GUARDED_BY(mutex_);

  // Written once, before `begun_`; a copy of the process reads that without the lock.
  std::unique_ptr<reactor> outputs_;
  bool outputs_stuck_ = false;  // Its thread is left alone.
  std::unique_ptr<log_relay> logs_;
  oom_kills oom_kills_;  // The lanes' thread's.
  std::unique_ptr<reactor> lanes_;
  sync::process_mark begun_in_;
  std::atomic<bool> begun_{false};

  fork_server server_;
};

}  // namespace offstage
