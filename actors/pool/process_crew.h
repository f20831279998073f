// process_crew: the worker processes of one pool, and the tasks in their hands.
//
// Question: who is next, on which worker, and who has to be told?
// Zone:     border. Decides under a short lock; sends and tells with the lock released.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/log/logging.h"
#include "actors/loop/deadline.h"
#include "actors/node/node.h"
#include "actors/pool/circuit_breaker.h"
#include "actors/pool/recycling.h"
#include "actors/pool/staffing.h"
#include "actors/pool/task_hearing.h"
#include "actors/pool/waiting_line.h"
#include "actors/pool/worker_care.h"
#include "actors/pool/worker_hands.h"
#include "actors/sync/mutex.h"

namespace offstage {

/// Assigns tasks to worker processes. A worker runs one task and holds some more (task_window),
/// which are taken back when another worker has nothing to do.
/// @thread Any, but for what the node calls.
class process_crew final : public node::owner, public std::enable_shared_from_this<process_crew> {
 public:
  static std::shared_ptr<process_crew> make(std::size_t worker_count,
                                            std::shared_ptr<node_host> host,
                                            const worker_care& care,
                                            std::shared_ptr<const node_options> options);
  process_crew(std::size_t worker_count, std::shared_ptr<node_host> host, const worker_care& care,
               std::shared_ptr<const node_options> options);
  ~process_crew();

  /// Takes a task; returns false if it is closed.
  /// @errors not_transferable; what the codecs of its arguments throw; as node_host::begin.
  bool submit(ref<task_record> task);

  void cancel(const ref<task_record>& task);
  void terminate(const ref<task_record>& task, time_limit grace);
  void close();

  /// True in a copy of the process in which it has workers.
  bool elsewhere() const noexcept { return host_->elsewhere(); }

  /// Has it never destroyed.
  static void keep(std::shared_ptr<process_crew> crew) noexcept;

  bool closed() const;
  std::size_t worker_count() const noexcept { return worker_count_; }
  std::vector<int> worker_ids() const;

  void node_begins(node& which) override;
  void node_ready(node& which) override;
  void node_says(node& which, std::uint16_t cell,
                 std::span<const flat_message::word> words) override;
  void node_paused(node& which) override;
  void node_ended(node& which, const std::string& how) override;

 private:
  using clock = std::chrono::steady_clock;

  // What was decided under the lock, to be done when it is released.
  struct decisions {
    std::vector<std::shared_ptr<node>> sent_to;
    std::vector<std::shared_ptr<node>> stopped;
    std::vector<ref<task_record>> abandoned;
    std::vector<std::pair<ref<task_record>, failure>> failed;
    std::size_t starts = 0;
    std::vector<clock::time_point> looks;
    std::vector<std::pair<log_level, std::string>> said;  // To the log.
  };

  std::size_t wanted(const worker_hands::census& there) const OFFSTAGE_REQUIRES(mutex_);
  void decide(decisions& out) OFFSTAGE_REQUIRES(mutex_);
  void carry_out(decisions& what) OFFSTAGE_EXCLUDES(mutex_);
  void retire_idle(decisions& out, clock::time_point now) OFFSTAGE_REQUIRES(mutex_);
  void start_missing(decisions& out, clock::time_point now) OFFSTAGE_REQUIRES(mutex_);
  void stop_done(decisions& out) OFFSTAGE_REQUIRES(mutex_);
  static bool look_at(std::optional<clock::time_point>& armed, clock::time_point when,
                      decisions& out);
  void look_again();
  void settle_orphan(worker_hand& gone, std::uint16_t cell, const failure& why, decisions& out)
      OFFSTAGE_REQUIRES(mutex_);
  void break_down(const std::string& why, decisions& out) OFFSTAGE_REQUIRES(mutex_);
  void take_end(node& which, std::uint16_t cell, const ref<task_record>& task)
      OFFSTAGE_EXCLUDES(mutex_);
  void end(ref<task_record> task, task_hearing::item how);
  bool hear_here(const ref<task_record>& task, task_hearing::message& said)
      OFFSTAGE_EXCLUDES(mutex_);
  void ended_early(const ref<task_record>& task, const task_hearing::message& said)
      OFFSTAGE_EXCLUDES(mutex_);
  void launch(std::size_t count);
  void start(std::size_t count);
  void could_not_start(const std::string& why, bool for_ever);

  const std::size_t worker_count_;
  const std::shared_ptr<node_host> host_;
  const std::shared_ptr<const node_options> options_;
  const on_worker_death worker_deaths_;
  const std::uint32_t retries_max_;
  const std::size_t idle_workers_min_;
  const recycling recycling_;
  // What is heard elsewhere holds this, and not the crew.
  std::shared_ptr<task_hearing> hearing_;

  mutable sync::mutex mutex_;
  bool closed_ OFFSTAGE_GUARDED_BY(mutex_) = false;
  // Why no worker is started any more.
  std::string broken_ OFFSTAGE_GUARDED_BY(mutex_);
  waiting_line line_ OFFSTAGE_GUARDED_BY(mutex_);
  worker_hands workers_ OFFSTAGE_GUARDED_BY(mutex_);
  staffing staffing_ OFFSTAGE_GUARDED_BY(mutex_);
  circuit_breaker breaker_ OFFSTAGE_GUARDED_BY(mutex_);
  std::optional<clock::time_point> next_start_look_ OFFSTAGE_GUARDED_BY(mutex_);
  std::optional<clock::time_point> next_idle_look_ OFFSTAGE_GUARDED_BY(mutex_);

  std::shared_ptr<process_crew> kept_;  // Itself, for ever, in a copy of the process.
};

}  // namespace offstage
