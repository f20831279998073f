// node: one worker process, as its parent sees it.
//
// Question: who hears a worker process, and ends it in time?
// Zone:     away. Hears the pool and the reactor, says frames and the end to the pool.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "actors/node/child_process.h"
#include "actors/node/control_page.h"
#include "actors/node/lane.h"
#include "actors/node/line_relay.h"
#include "actors/node/log_ring.h"
#include "actors/node/node_host.h"
#include "actors/node/node_machine.h"
#include "actors/node/node_options.h"
#include "actors/node/segment_library.h"
#include "actors/node/segment_store.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// A worker process and everything the parent has of it.
class node final : public std::enable_shared_from_this<node> {
 public:
  /// The pool, as its nodes see it. All calls come from the lanes' thread.
  class owner {
   public:
    /// It is there, and the first call for it.
    virtual void node_begins(node&) {}

    /// It takes tasks.
    virtual void node_ready(node& which) = 0;

    /// A state message of the task in a cell. @errors malformed_message if it makes no sense.
    virtual void node_says(node& which, std::uint16_t cell,
                           std::span<const flat_message::word> words) = 0;

    /// What it said so far was all there was.
    virtual void node_paused(node& which) = 0;

    /// Its process has ended, or cannot be ended and is left alone; everything it said before was
    /// heard. `how` is for the user.
    virtual void node_ended(node& which, const std::string& how) = 0;

   protected:
    ~owner() = default;
  };

  /// Starts a worker process.
  /// @thread Any, but home: it takes about a millisecond.
  /// @errors std::system_error; context_closed if the host has ended.
  static std::shared_ptr<node> start(node_host& host, std::shared_ptr<owner> pool,
                                     std::shared_ptr<const node_options> options = nullptr);

  node(node_host& host, std::shared_ptr<owner> pool, std::shared_ptr<const node_options> options,
       descriptor lane_end);
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  int process_id() const noexcept { return process_->id(); }

  /// What it has printed to stderr last, once it has ended: 64 KiB at most.
  /// @thread The lanes'.
  const std::string& last_output() const noexcept { return last_output_; }

  /// Its cells.
  cell& at(std::uint16_t index) const noexcept { return page_.at(index); }

  /// How much memory of its own it has in use; 0 if that is not known.
  /// @thread Any.
  std::size_t memory_bytes() const;

  /// True if `stop` was called, so that its end is no surprise.
  /// @thread Any.
  bool told_to_stop() const noexcept OFFSTAGE_EXCLUDES(machine_mutex_);

  /// Once it has ended: true if its memory probably ran out.
  /// @thread The lanes'.
  bool ran_out_of_memory() const noexcept { return ran_out_of_memory_; }

  /// Once it has ended: true if that was because its initializer raised an exception.
  /// @thread The lanes'.
  bool initializer_raised() const noexcept { return initializer_raised_; }

  /// Puts a task behind those that wait to be sent, after the modules that it may need.
  /// @param segment What its arguments are in, which is lent to this process; may be null.
  /// @thread The pool's, with its lock held: in this order they are sent.
  void append_task(std::uint16_t cell, const flat_message& order, segment_store::lease* segment)
      OFFSTAGE_EXCLUDES(offered_mutex_);

  /// No value will be in these segments any more.
  /// @thread Any.
  void forget_segments(const std::vector<std::uint64_t>& gone) OFFSTAGE_EXCLUDES(offered_mutex_);

  /// The value in a message of its process, if that is in shared memory; otherwise nothing.
  /// @thread The lanes'.
  /// @errors malformed_message for a place that is none.
  payload large_value_in(const payload& from);

  /// Sends what was appended.
  /// @thread Any.
  void flush() { lane_.flush(); }

  /// Has it look at the cells of its tasks.
  /// @thread Any.
  void ring() noexcept;

  /// Ends it: it is asked to go when it has done what it has; a signal asks again after `patience`,
  /// and a second one does not ask any more.
  /// @thread Any.
  void stop(std::chrono::nanoseconds patience) OFFSTAGE_EXCLUDES(machine_mutex_);

  /// Ends it now.
  /// @thread Any.
  void kill() OFFSTAGE_EXCLUDES(machine_mutex_);

  /// What it sent is no message, as `why` says: nothing that follows is heard, and it is ended.
  /// @thread Any.
  void distrust(const std::string& why);

 private:
  using input = node_machine::input;
  using phase = node_machine::phase;

  void spawn(const descriptor& lane_end);
  void watch();
  void watch_process();
  void lane_blocked();
  void expect_introduced();
  void expect_end();
  void read_lane();
  void read_whole_lane();
  bool read_some();
  void forget_lane();
  void hear(const frame_header& header, std::span<const flat_message::word> words);
  void shake_hands(const flat_message& words);
  void prepare();
  void take_answer(const flat_message& words);
  void become_ready();
  void teach_modules();
  node_machine machine() const noexcept OFFSTAGE_EXCLUDES(machine_mutex_);
  node_machine::verdict apply(input what) OFFSTAGE_EXCLUDES(machine_mutex_);
  void call_after(std::chrono::nanoseconds time, std::function<void(node&)> function);
  void dismiss(input why, const std::string& what);
  void send(int signal);
  void leave_alone(const std::string& why);
  bool memory_explains(const exit_status& status);
  void process_ended();
  void explain();

  node_host& host_;
  const std::shared_ptr<owner> pool_;
  const borrower_id number_;  // Unlike that of any other node.
  const std::shared_ptr<const node_options> options_;
  control_page page_;
  descriptor doorbell_;
  lane lane_;
  std::shared_ptr<child_process> process_;
  std::shared_ptr<line_relay> out_;
  std::shared_ptr<line_relay> err_;
  const std::shared_ptr<log_ring> log_ = std::make_shared<log_ring>();
  std::size_t modules_told_ = 0;
  sync::mutex offered_mutex_;
  // Segments of ours that it knows.
  std::set<std::uint64_t> offered_ OFFSTAGE_GUARDED_BY(offered_mutex_);

  mutable sync::mutex machine_mutex_;
  node_machine machine_ OFFSTAGE_GUARDED_BY(machine_mutex_);

  // The lanes' thread's.
  bool lane_watched_ = false;
  frame_reader frames_;
  std::deque<descriptor> beside_;  // Descriptors that came, in their order.
  segment_library segments_;       // Of its process.
  bool initializer_raised_ = false;
  bool ran_out_of_memory_ = false;
  std::string complaint_;  // What is told once it has ended, if it was dismissed.
  std::string last_output_;
};

}  // namespace offstage
