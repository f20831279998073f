// scripted_task: a task in steps whose messages the test writes.
//
// Question: what does a dialog do when exactly this happens?
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "actors/future/future_core.h"
#include "actors/future/steps_future.h"
#include "actors/loop/runnable_loop.h"
#include "actors/router/router.h"

namespace offstage::testing {

/// Nothing runs: what the task says is sent here and delivered by the loop before a call returns.
class scripted_task final : private future_core::owner {
 public:
  scripted_task(runnable_loop& home, std::uint64_t total, std::string message)
      : home_(home), messages_(home) {
    messages_.start();
    core_ = make_future(ref<task_record>(new silent_record), this);
    id_ = core_->id();
    core_->set_middle(std::make_unique<steps_receiver>(total, message));
    port_ = messages_.open_pipe(core_);
    port_.start();
  }
  ~scripted_task() {
    if (core_) core_->disown();
    messages_.stop();
  }

  /// The handle.
  steps_future<void> future() const { return steps_future<void>(core_); }

  void starts() {
    send(make_started({id_, next_++}));
    run_until([this] { return core_->present_state() == future_state::executing; });
  }

  /// Says where it is.
  void reports(std::uint64_t complete, std::uint64_t total, const std::string& message) {
    send(make_stepped({id_, next_++}, {total, complete, message}));
    run_until([&, steps = future()] {
      return steps.complete() == complete && steps.total() == total && steps.message() == message;
    });
  }

  void returns() {
    send(make_returned({id_, next_++}, {payload_kind::nothing}));
    run_until([this] { return core_->done(); });
  }

  void raises(const std::string& what) {
    failure why;
    why.type = "std::runtime_error";
    why.what = what;
    send(make_raised({id_, next_++}, why));
    run_until([this] { return core_->done(); });
  }

  /// Ends after a cancel.
  void abandons() {
    send(make_abandoned({id_, next_++}));
    run_until([this] { return core_->done(); });
  }

  /// The state; asking so is not looking.
  future_state state() const { return core_->present_state(); }

  /// How often it was to be cancelled, and to be ended by force.
  int cancels() const { return cancels_; }
  int terminates() const { return terminates_; }

  /// Nobody holds the future any more.
  void forget() {
    port_ = {};
    core_ = nullptr;
  }

 private:
  class silent_record final : public task_record {
   protected:
    payload invoke() override { return {}; }
    void forget_body() noexcept override {}
  };

  void cancel_task(future_core&) noexcept override { ++cancels_; }
  void terminate_task(future_core&, time_limit) noexcept override { ++terminates_; }
  std::shared_ptr<future_core::owner> ended(future_core&) noexcept override { return nullptr; }
  void told() noexcept override {}

  void send(flat_message words) { port_.send({std::move(words), nullptr}); }

  void run_until(const std::function<bool()>& condition) {
    EXPECT_TRUE(home_.run_until(condition, std::chrono::minutes(1)));
  }

  runnable_loop& home_;
  router messages_;
  ref<future_core> core_;
  task_id id_ = 0;
  sender port_;
  std::uint32_t next_ = 0;
  int cancels_ = 0;
  int terminates_ = 0;
};

}  // namespace offstage::testing
