// node_host: what all worker processes of a context share.
//
// Question: which workers are there, how are they started, and who ends them all?
// Zone:     away. Hears the context and the nodes.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
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

namespace offstage {

class node;

/// What all worker processes of a context share: two threads, the program they run, and the way
/// they are started.
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

  /// Starts a worker process.
  /// @thread Any, but home.
  /// @errors As fork_server::start and child_process.
  std::unique_ptr<child_process> start_process(child_process::plan what);

  /// Reads the lanes.
  reactor& lanes() noexcept { return lanes_; }

  /// Where large values for workers are written.
  segment_store& segments() noexcept { return *segments_; }

  /// Passes on what workers print; it may be kept waiting by whoever reads that.
  reactor& outputs() noexcept { return *outputs_; }

  /// Takes the records of workers to the log; the user's sink may keep it waiting.
  log_relay& logs() noexcept { return logs_; }

  /// Ends all workers: kindly first, and with force after the deadline; waits for their ends, and
  /// starts none any more.
  void end(std::chrono::steady_clock::time_point deadline);

 private:
  friend class node;
  explicit node_host(setup how);
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
  bool finish_outputs(std::chrono::steady_clock::time_point deadline);

  const std::string executable_;
  const bool may_spawn_instead_;
  std::atomic<bool> forks_;
  const segment_reading reading_;
  std::shared_ptr<segment_store> segments_;
  std::mutex mutex_;
  bool ending_ = false;
  int starts_ = 0;  // In progress.
  std::condition_variable left_;
  std::set<std::shared_ptr<node>> present_;
  std::vector<std::weak_ptr<line_relay>> relays_;
  std::unique_ptr<reactor> outputs_ = std::make_unique<reactor>("offstage-output");
  log_relay logs_;
  oom_kills oom_kills_;  // The lanes' thread's.
  reactor lanes_{"offstage-lanes"};
  fork_server server_;
};

}  // namespace offstage
