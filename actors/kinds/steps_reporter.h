// steps_reporter: what a task in steps reports through.
//
// Question: how does a body say which step it is in?
// Zone:     away. Hears the user's callable, says where it is.
#pragma once

#include <cstdint>
#include <string>

namespace offstage {

/// Where a task in steps is, in the task's own unit (files, rows, bytes).
struct steps_state {
  std::uint64_t total = 0;     ///< How much there is to do; 0: not known.
  std::uint64_t complete = 0;  ///< How much is done; may stay below the total, or pass it.
  std::string message;         ///< What is being done, for the user.
};

/// Reports the steps of a task; the first parameter of a callable given to `submit_steps`.
///
/// A step is reported when it begins; what it is worth counts as complete when the next one
/// begins, or at `stop`.
/// @thread The worker that calls the callable, one thread at a time; not after it has returned.
class steps_reporter {
 public:
  steps_reporter(const steps_reporter&) = delete;
  steps_reporter& operator=(const steps_reporter&) = delete;
  virtual ~steps_reporter() = default;

  /// Begins a step that is worth `size`; the step before it is complete.
  /// @errors task_cancelled if the task was cancelled.
  void step(std::string message, std::uint64_t size = 1);

  /// The last step is complete.
  /// @errors task_cancelled if the task was cancelled.
  void stop(std::string message);

  /// Says how much there is to do, when that is known only now or has changed; message and what is
  /// complete stay.
  /// @errors task_cancelled if the task was cancelled.
  void set_total(std::uint64_t total);

  /// A look at whether the task was cancelled, without a report.
  /// @errors task_cancelled if so.
  void check() const;

  /// True if the task was cancelled.
  bool cancelled() const { return is_cancelled(); }

  /// How much there is to do, as said last, at first at submission.
  std::uint64_t total() const noexcept { return state_.total; }

 protected:
  /// A reporter that begins with this state.
  explicit steps_reporter(steps_state begin) : state_(std::move(begin)) {}

  /// Takes a report; returns false if the task was cancelled.
  virtual bool do_report(const steps_state& now) = 0;

  /// True if the task was cancelled.
  virtual bool is_cancelled() const = 0;

 private:
  void report(std::string message, std::uint64_t pending);
  void send();

  steps_state state_;
  std::uint64_t pending_ = 0;  // What the step that runs is worth.
};

/// A reporter that tells nobody and is never cancelled, for tests of the callable alone.
class null_steps_reporter final : public steps_reporter {
 public:
  /// A reporter for a task of this total.
  explicit null_steps_reporter(std::uint64_t total = 0) : steps_reporter({total, 0, {}}) {}

 protected:
  /// Takes it and forgets it.
  bool do_report(const steps_state&) override { return true; }

  /// Never.
  bool is_cancelled() const override { return false; }
};

}  // namespace offstage
