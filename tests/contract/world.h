// world: a loop, a context and executors for the rows of the acceptance table.
//
// Question: what does a row need, whatever context it is run with?
// Zone:     home.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "actors/offstage.h"
#include "tests/contract/guard.h"

namespace offstage::contract {

/// Executors with workers of their own, in a context of the given type.
template <class Context>
struct own_pool_world {
  static constexpr int workers = 2;

  manual_loop loop;
  Context context;
  executor user{loop, {.context = &context, .worker_count = workers}};

  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }
};

/// Executors that share a pool.
template <class Context>
struct shared_pool_world {
  static constexpr int workers = 2;

  manual_loop loop;
  Context context;
  std::shared_ptr<worker_pool> pool = context.make_pool({.worker_count = workers});
  executor user{loop, {.context = &context, .pool = pool}};

  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }
};

/// Says that it has begun, and waits.
inline void begin_and_wait(event begun, event until) {
  begun.set();
  until.wait();
}

/// Fills every worker for the time of a scope.
template <class World>
class blocked_pool {
 public:
  explicit blocked_pool(World& world) : until_(world.context.make_event()), world_(world) {
    for (int i = 0; i < World::workers; ++i) {
      const auto begun = world.context.make_event();
      tasks_.push_back(submit_call(world.user, begin_and_wait, begun, until_));
      EXPECT_TRUE(begun.wait_for(guard));
    }
  }
  ~blocked_pool() {
    until_.set();
    for (const auto& each : tasks_) EXPECT_TRUE(world_.wait(each));
  }
  blocked_pool(const blocked_pool&) = delete;
  blocked_pool& operator=(const blocked_pool&) = delete;

  void release() { until_.set(); }

 private:
  event until_;
  World& world_;
  std::vector<call_future<void>> tasks_;
};

/// The states of a future, the present one first.
class recorded_states {
 public:
  template <class Future>
  explicit recorded_states(const Future& future)
      : seen_(std::make_shared<std::vector<future_state>>(1, future.state())) {
    future.on_state([seen = seen_](const auto& changed) { seen->push_back(changed.state()); });
  }

  const std::vector<future_state>& operator()() const { return *seen_; }

 private:
  std::shared_ptr<std::vector<future_state>> seen_;
};

using states = std::vector<future_state>;

/// Neither a result nor a failure is there to see.
template <class Future>
void expect_nothing_to_see(const Future& future) {
  EXPECT_THROW(future.result(), task_cancelled);
  EXPECT_THROW(future.failure(), not_done);
}

}  // namespace offstage::contract
