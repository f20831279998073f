// multithreading_context: work runs in threads of this process.
//
// Question: what do executors need to run work in threads?
// Zone:     home.
#pragma once

#include <memory>

#include "actors/context/parallel_context.h"

namespace offstage {

/// The context whose pools are threads of this process; the default of executors.
///
/// Arguments and results are moved, never serialised. A task that does not end cannot be killed:
/// give it a std::stop_token, or run it in a process.
class multithreading_context final : public parallel_context {
 public:
  multithreading_context() = default;
  ~multithreading_context() override;

 protected:
  /// A pool of threads.
  std::shared_ptr<worker_pool> do_make_pool(pool_options options) override;
};

}  // namespace offstage
