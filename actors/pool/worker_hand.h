// worker_hand: a worker process, and the tasks in its hand.
//
// Question: which tasks has this worker, and which of them may still be taken back?
// Zone:     border. Hears and says the process crew only.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "actors/node/node.h"
#include "actors/pool/task_hearing.h"
#include "actors/pool/task_order.h"
#include "actors/pool/task_window.h"
#include "actors/task/credit.h"
#include "actors/task/task_record.h"

namespace offstage {

/// Where a task is, kept with the task.
struct task_place final : task_record::pool_part, credit_link {
  task_order order;
  std::shared_ptr<node> at;  ///< Null while it waits in the line.
  std::uint16_t cell = 0;
  bool cancelled = false;
  std::uint32_t times_retried = 0;
  bool quick = false;  ///< Nothing of its own takes long, or is the user's code.
  task_hearing::unheard unheard;

  static task_place& of(task_record& task) { return static_cast<task_place&>(*task.kept_by_pool); }

  bool spend(std::size_t) override { return true; }
  void repay(std::size_t bytes) noexcept override { at->at(cell).deliver(bytes); }
};

/// A worker process and what it has in hand.
/// @thread One at a time, with the crew's lock held.
class worker_hand {
 public:
  using clock = std::chrono::steady_clock;

  /// From its start to its end.
  enum class phase {
    preparing,  ///< It takes no tasks yet.
    serving,    ///< It takes tasks.
    leaving,    ///< It takes tasks until the one that replaces it is ready.
    retired,    ///< It takes none any more, and ends when it has none.
    stopped,    ///< It was told to end.
  };

  explicit worker_hand(std::shared_ptr<node> process) : process_(std::move(process)) {}

  const std::shared_ptr<node>& process() const noexcept { return process_; }

  phase now = phase::preparing;
  task_window window;
  std::size_t ended_since = 0;  ///< Tasks, since `counted_from`.
  clock::time_point counted_from;
  clock::time_point idle_since;        ///< While it has nothing.
  std::size_t first_memory_bytes = 0;  ///< After its first task; 0: not known.

  bool takes_tasks() const noexcept { return now == phase::serving || now == phase::leaving; }

  /// How many it has, also those that it has not ended although they have ended here.
  std::size_t in_hand() const noexcept { return in_hand_; }

  /// How many of those it has not ended, as far as it has come by now.
  std::size_t unended() const noexcept;

  /// How many it was given and has not been relieved of.
  std::uint64_t given() const noexcept { return given_; }

  /// How many it has ended.
  std::uint64_t ended() const noexcept { return ended_; }

  /// Gives it a task, to be sent; false, and the task stays, if no cell is free.
  bool give(ref<task_record>& task, std::uint64_t number);

  /// True if there is something of a task in this cell.
  bool knows(std::uint16_t cell) const noexcept { return hand_[cell].task || hand_[cell].ghost; }

  /// The task in a cell; null if there is none, or it has ended here.
  const ref<task_record>& task_in(std::uint16_t cell) const noexcept { return hand_[cell].task; }

  /// The worker has ended what is in a cell.
  void take_ended(std::uint16_t cell);

  /// What is in a cell has ended here; the worker does not know yet.
  void forget_early(std::uint16_t cell);

  /// Takes a task out whose cell says that the worker will not begin it.
  ref<task_record> take_unbegun(std::uint16_t cell);

  /// Takes a task out that the worker had begun when it ended. What it was lent is not free again:
  /// others may have it from the worker.
  ref<task_record> take_orphan(std::uint16_t cell) { return release(cell); }

  /// The cells of those that it has not begun, the one given first first. It may begin them at any
  /// moment.
  std::vector<std::uint16_t> unbegun() const;

  /// The cells of all its tasks, the one given first first.
  std::vector<std::uint16_t> cells() const;

 private:
  struct held {
    ref<task_record> task;
    std::uint64_t number = 0;  // Of its assignment.
    bool ghost = false;
  };

  std::optional<std::uint16_t> free_cell();
  ref<task_record> release(std::uint16_t cell);

  const std::shared_ptr<node> process_;
  std::array<held, control_page::cell_count> hand_;
  std::size_t in_hand_ = 0;
  std::uint64_t given_ = 0;
  std::uint64_t ended_ = 0;
  std::uint16_t next_cell_ = 0;
};

}  // namespace offstage
