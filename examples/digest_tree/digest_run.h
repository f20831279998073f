// digest_run: the whole job, at home.
//
// Question: which task is submitted next, and what happens to its result?
// Zone:     home.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

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
///
/// A worker that dies costs the file it was at: the files after it are digested again, in their
/// place, and a listing is begun again.
class digest_run {
 public:
  digest_run(offstage::manual_loop& loop, const interruption& interruption,
             offstage::parallel_context& context, options wanted);

  /// Does it all; returns the exit code.
  int run();

 private:
  // The files of a task, and what it said of them.
  struct batch {
    std::vector<listed_file> files;
    std::size_t text_bytes = 0;
    std::size_t files_ended = 0;
    std::string lines;
    std::vector<problem> problems;
    offstage::iteration_future<digest_news> future;
    bool begun = false;
    int deaths = 0;
    bool over = false;
  };

  void list_more();
  void take(listing found);
  void digest(batch& which);
  void take(batch& which, const digest_news& news);
  void take(batch& which, const file_end& end);
  void end(batch& which);
  bool goes_on_without(const offstage::failure& why, batch& which);
  void print_ready();
  void print(const batch& which);
  void report(const problem& what);
  void give_up(const offstage::failure& why);

  bool over() const;
  void show_progress();
  int end_interrupted();

  offstage::manual_loop& loop_;
  const interruption& interruption_;
  console console_;

  tree_walk walk_;
  const bool workers_may_die_;
  bool listing_ = false;
  int listing_deaths_ = 0;
  bool listed_all_ = false;
  std::deque<batch> window_;
  std::size_t window_text_bytes_ = 0;

  progress_meter meter_;
  tree_total digested_;
  std::optional<tree_total> total_;
  std::uint64_t files_listed_ = 0;
  std::uint64_t files_reported_ = 0;
  print_end printing_ = print_end::printed;
  bool any_problem_ = false;
  std::string gave_up_;
  bool ending_ = false;

  // Last, so that they end first: their observers use what is above.
  offstage::executor digesting_;
  offstage::executor counting_;
  offstage::call_future<tree_total> count_;
};

}  // namespace digest_tree
