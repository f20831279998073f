// process_crew: the worker processes of one pool, and the tasks in their hands.
//
// Question: who is next, on which worker, and who has to be told?
// Zone:     border. Decides under a short lock; sends and tells with the lock released.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/node/node.h"
#include "actors/pool/task_window.h"
#include "actors/pool/waiting_line.h"

namespace offstage {

/// Assigns tasks to worker processes. A worker runs one task and holds some more (task_window),
/// which are taken back when another worker has nothing to do.
/// @thread Any, but for what the node calls.
class process_crew final : public node::owner, public std::enable_shared_from_this<process_crew> {
 public:
  process_crew(std::size_t worker_count, std::shared_ptr<node_host> host);
  ~process_crew();

  /// Takes a task; returns false if it is closed.
  /// @errors not_transferable; what the codecs of its arguments throw.
  bool submit(ref<task_record> task);

  void cancel(const ref<task_record>& task);
  void terminate(const ref<task_record>& task, std::chrono::nanoseconds grace);
  void close();
  bool closed() const;
  std::size_t worker_count() const noexcept { return worker_count_; }
  std::vector<int> worker_ids() const;

  void node_ready(node& which) override;
  void node_says(node& which, std::uint16_t cell,
                 std::span<const flat_message::word> words) override;
  void node_paused(node& which) override;
  void node_ended(node& which, const std::string& how) override;

 private:
  struct place;
  struct worker;
  using workers = std::map<node*, std::unique_ptr<worker>>;
  using touched = std::vector<std::shared_ptr<node>>;

  static place& place_of(task_record& task);
  bool assign(worker& to, ref<task_record> task, touched& changed);
  ref<task_record> release(worker& from, std::uint16_t cell);
  void distribute(touched& changed);
  void take_back_for(worker& idle, touched& changed);
  void start_missing();
  void launch(std::size_t count);
  void could_not_start(const std::string& why);
  void fail_waiting(const std::string& why);
  bool idle() const;
  void stop_if_done(touched& stopped);

  const std::size_t worker_count_;
  const std::shared_ptr<node_host> host_;

  mutable std::mutex mutex_;
  bool closed_ = false;
  waiting_line line_;
  workers workers_;
  std::size_t starting_ = 0;
  int lost_in_a_row_ = 0;  // Workers that ended without having run anything.
  std::string broken_;     // Why no worker is started any more.
  std::uint64_t assigned_ = 0;
};

}  // namespace offstage
