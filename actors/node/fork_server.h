// fork_server: the process that forks the worker processes of a context.
//
// Question: where does a worker process come from in less than a millisecond?
// Zone:     away. Hears the node host, says orders to the server's process.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/node/child_process.h"
#include "actors/node/line_relay.h"
#include "actors/node/start_method.h"
#include "actors/sync/mutex.h"
#include "messages/launch.h"

namespace offstage {

/// Nothing can be forked: the server has threads.
class fork_server_has_threads : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The server ended before it answered. Whether it has started something before is not known: what
/// that was given must not be used again.
class fork_server_lost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A single-threaded process of the workers' program, started when the first worker is, which forks
/// workers, reaps them, and tells how they ended. If it ends, the workers that run are not touched,
/// and the next start starts another one.
/// @thread Any; not home, which it may keep waiting.
class fork_server {
 public:
  /// Is given what the server and, through it, preloaded code print.
  using relay_output = std::function<void(const std::shared_ptr<line_relay>&)>;

  /// @param environment Of the server, all of it, as NAME=VALUE; workers have each their own.
  fork_server(std::string executable, std::vector<std::string> environment,
              std::vector<preload_step> steps, on_preload_error errors, relay_output relay);
  ~fork_server();

  /// Adds a step. Returns false if the server has been started before.
  bool preload(preload_step step) OFFSTAGE_EXCLUDES(mutex_);

  /// Starts a worker process; of `what` the executable is not used.
  /// @errors fork_server_has_threads; fork_server_lost; std::system_error; std::runtime_error with
  ///   the problems of preloading, or the server's last words.
  std::unique_ptr<child_process> start(const child_process::plan& what)
      OFFSTAGE_EXCLUDES(request_, mutex_);

  /// The server's process id, if it runs.
  std::optional<int> process_id() const OFFSTAGE_EXCLUDES(mutex_);

  /// Ends the server, and every `start` under way with an error; starts none any more.
  void end() noexcept OFFSTAGE_EXCLUDES(mutex_);

 private:
  struct running;
  class notes;

  std::shared_ptr<running> have_server(notes& said) OFFSTAGE_REQUIRES(request_);
  std::shared_ptr<running> begin();
  static void shake_hands(running& begun);
  void settle(running& begun, const preload_order& order, notes& said);
  std::shared_ptr<running> let_go() OFFSTAGE_EXCLUDES(mutex_);
  static std::unique_ptr<child_process> launch(running& server, const child_process::plan& what);

  const std::string executable_;
  const std::vector<std::string> environment_;
  const on_preload_error errors_;
  const relay_output relay_;

  sync::mutex request_;  // Held while the server works on a request.

  mutable sync::mutex mutex_;
  bool ended_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  bool used_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  std::vector<preload_step> steps_ OFFSTAGE_GUARDED_BY(mutex_);
  std::shared_ptr<running> running_ OFFSTAGE_GUARDED_BY(mutex_);
};

}  // namespace offstage
