// digest_run: the whole job, at home.
//
// Question: which task is submitted next, and what happens to its result?
// Zone:     home.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "actors/offstage.h"
#include "examples/digest_tree/console.h"
#include "examples/digest_tree/digest.h"
#include "examples/digest_tree/interruption.h"
#include "examples/digest_tree/options.h"
#include "examples/digest_tree/progress.h"
#include "examples/digest_tree/tree_walk.h"

namespace digest_tree {

/// Walks and hashes on workers, and prints at home, in order.
///
/// A task lists the next few hundred files; others digest what it found, some files each, while it
/// lists the next ones. Results wait in a window until all before them are printed; how much may
/// be in the window is limited, so memory is as well, whatever the tree.
class digest_run {
 public:
  digest_run(offstage::manual_loop& loop, const interruption& interruption, options wanted);

  /// Does it all; returns the exit code.
  int run();

 private:
  struct pending {
    offstage::call_future<digest_batch> future;
    std::size_t text_bytes;
  };

  void list_more();
  void take(listing found);
  void digest(std::vector<listed_file> files);
  void print_ready();
  void take(digest_batch done);
  void report(const problem& what);
  void give_up(const offstage::failure& why);

  bool over() const;
  void show_progress();
  int end_interrupted();

  offstage::manual_loop& loop_;
  const interruption& interruption_;
  console console_;

  tree_walk walk_;
  bool listing_ = false;
  bool listed_all_ = false;
  std::deque<pending> window_;
  std::size_t window_text_bytes_ = 0;

  std::shared_ptr<digest_counters> counters_ = std::make_shared<digest_counters>();
  progress_meter meter_;
  std::optional<tree_total> total_;
  std::uint64_t files_listed_ = 0;
  std::uint64_t files_reported_ = 0;
  print_end printing_ = print_end::printed;
  bool any_problem_ = false;
  bool ending_ = false;

  // Last, so that they end first: their observers use what is above.
  offstage::executor digesting_;
  offstage::executor counting_;
  offstage::call_future<tree_total> count_;
};

}  // namespace digest_tree
