// multiprocessing_context: work runs in child processes.
//
// Question: what do executors need to run work in processes that may crash?
// Zone:     home.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/context/parallel_context.h"
#include "actors/node/start_method.h"

namespace offstage {

class node_host;

/// How worker processes are to be started.
struct multiprocessing_options {
  /// The program of the workers; empty: this program, whatever became of its file meanwhile.
  /// Another one calls `worker_entry` first, and runs functions of shared libraries only.
  std::string executable = {};

  /// How they begin. By default they are forked from a fork server; or, where that cannot be
  /// (the program has threads before `worker_entry` is called, and nothing is to be preloaded),
  /// spawned, with a log record of level `warning`.
  std::optional<start_method> method = {};

  /// What the fork server does first.
  std::vector<preload_step> preload = {};

  /// What becomes of steps that fail.
  on_preload_error preload_errors = on_preload_error::warn;

  /// Whether workers are to be taken for processes that change what they have handed over: large
  /// results, items and reports, which are read where they lie otherwise, are copied first.
  bool untrusted_workers = false;
};

/// The context whose pools are child processes of this one: the same tasks, futures and guarantees
/// as with threads, and a task that crashes takes nothing with it but its worker, which is
/// replaced.
///
/// Functions, static members and captureless lambdas are run as they are. Arguments, results, items
/// and reports cross as bytes, so their types need a codec (`messages/codec/all_codecs.h` lists
/// those that have one); what cannot be sent is refused at submission with not_transferable.
/// Workers end with the context, and within a second when this process ends in any way.
class multiprocessing_context : public parallel_context {
 public:
  /// @errors worker_entry_missing unless `worker_entry` was called in this process, or another
  ///   executable is given and this process was not started as a worker itself; invalid_options if
  ///   that cannot be executed, beyond 8 processes inside each other, or in a program with
  ///   privileges of its file (set-user-ID and so on); std::system_error.
  explicit multiprocessing_context(multiprocessing_options options = {});

  /// Ends the workers: kindly at first, by force at the end of its two seconds, which are also
  /// those of its executors. A process that does not end even so is left alone, with a log record.
  ~multiprocessing_context() override;

  /// How the next worker is started.
  /// @thread Any.
  start_method method() const noexcept;

  /// Adds something that the fork server does before it starts the first worker.
  /// @thread Any.
  /// @errors preload_too_late once the first worker was asked for; invalid_options where workers
  /// are
  ///   spawned.
  void preload(preload_step step);

 protected:
  /// A pool of worker processes.
  std::shared_ptr<worker_pool> do_make_pool(pool_options options) override;

  /// An event between processes.
  event do_make_event() override;

  /// Ends the workers.
  void do_close() noexcept override;

 private:
  const std::shared_ptr<node_host> host_;
};

}  // namespace offstage
