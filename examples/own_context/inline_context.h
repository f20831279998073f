// A context that runs every task at once, in the call that submits it: for tests of programs that
// use Offstage, where nothing is to happen at the same time as something else.
#pragma once

#include <memory>

#include "actors/offstage.h"

/// Observers hear of a task as always: at the loop's next turn. A task can never be cancelled while
/// it runs, because whoever might do it waits for it.
class inline_context final : public offstage::parallel_context {
 public:
  inline_context() = default;
  ~inline_context() override { finish(); }

 protected:
  std::shared_ptr<offstage::worker_pool> do_make_pool(offstage::pool_options options) override;
};
