// multiprocessing_context: work runs in child processes.
//
// Question: what do executors need to run work in processes that may crash?
// Zone:     home.
#pragma once

#include <memory>
#include <string>

#include "actors/context/parallel_context.h"

namespace offstage {

class node_host;

/// How worker processes are to be started.
struct multiprocessing_options {
  /// The program of the workers; empty: this program, whatever became of its file meanwhile.
  /// Another one calls `worker_entry` first, and runs functions of shared libraries only.
  std::string executable = {};
};

/// The context whose pools are child processes of this one: the same tasks, futures and guarantees
/// as with threads, and a task that crashes takes nothing with it but its worker, which is
/// replaced.
///
/// Functions, static members and captureless lambdas are run as they are. Arguments, results, items
/// and reports cross as bytes, so their types need a codec (`messages/codec/all_codecs.h` lists
/// those that have one); what cannot be sent is refused at submission with not_transferable.
/// Workers end with the context, and within a second when this process ends in any way.
class multiprocessing_context final : public parallel_context {
 public:
  /// @errors worker_entry_missing unless `worker_entry` was called in this process, or another
  ///   executable is given; invalid_options if that cannot be executed, or beyond 8 processes
  ///   inside each other; std::system_error.
  explicit multiprocessing_context(multiprocessing_options options = {});

  /// Ends the workers: kindly at first, by force after two seconds.
  ~multiprocessing_context() override;

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
