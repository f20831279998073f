#include "examples/digest_tree/digest_run.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>

namespace digest_tree {
namespace {

using std::chrono::milliseconds;

// How much one task does. A file by itself is hardly worth a task; a large one is.
constexpr std::size_t list_files_max = 512;
constexpr std::size_t batch_files_max = 64;
constexpr std::uint64_t batch_size_bytes_max = 1 << 20;

// How much text may wait to be printed behind a file that takes long.
constexpr std::size_t window_text_bytes_max = 8 << 20;

// A line is the path, the digest, and some more for the objects around it.
constexpr std::size_t line_text_bytes = 200;

constexpr milliseconds redraw_time{100};

std::string counted(std::uint64_t files) {
  return std::to_string(files) + (files == 1 ? " file" : " files");
}

}  // namespace

digest_run::digest_run(offstage::manual_loop& loop, const interruption& interruption,
                       options wanted)
    : loop_(loop),
      interruption_(interruption),
      console_(interruption.descriptor()),
      walk_(wanted.paths),
      digesting_(loop, {.worker_count = wanted.workers}),
      counting_(loop, {.worker_count = 1}),
      count_(offstage::submit_call(counting_, count_files, std::move(wanted.paths))) {
  count_.on_result([this](const auto& future) { total_ = future.result(); });
}

int digest_run::run() {
  list_more();
  show_progress();
  offstage::manual_loop::timeout until_redraw;
  if (console_.shows_progress()) until_redraw = redraw_time;
  const auto ends = [this] { return over() || interruption_.signal() != 0; };
  while (!loop_.run_until(ends, until_redraw)) show_progress();

  console_.hide();
  ending_ = true;
  // The count may have arrived while home was printing.
  loop_.run_until(count_, milliseconds(0));
  counting_.stop();
  digesting_.stop();
  if (printing_ == print_end::interrupted || !over()) return end_interrupted();
  if (printing_ == print_end::printed) printing_ = console_.close();
  if (printing_ == print_end::closed) return 128 + SIGPIPE;
  return printing_ == print_end::failed || any_problem_ ? 1 : 0;
}

void digest_run::list_more() {
  if (listing_ || listed_all_ || window_text_bytes_ >= window_text_bytes_max) return;
  listing_ = true;
  auto future = offstage::submit_call(digesting_, list_files, std::move(walk_), list_files_max);
  future.on_done([this](const auto& done) {
    if (ending_) return;
    listing_ = false;
    if (done.state() == offstage::future_state::completed) {
      take(done.take_result());
    } else {
      listed_all_ = true;
      give_up(done.failure());
    }
  });
}

void digest_run::take(listing found) {
  walk_ = std::move(found.walk);
  listed_all_ = !found.more;
  files_listed_ += found.files.size();
  for (const auto& each : found.problems) report(each);

  std::vector<std::vector<listed_file>> batches;
  std::uint64_t size_bytes = 0;
  for (auto& each : found.files) {
    // A large file is a batch of its own, and keeps no other one waiting that could be printed.
    if (batches.empty() || size_bytes + each.size_bytes > batch_size_bytes_max ||
        batches.back().size() == batch_files_max) {
      batches.emplace_back();
      size_bytes = 0;
    }
    size_bytes += each.size_bytes;
    window_text_bytes_ += each.path.size() + line_text_bytes;
    batches.back().push_back(std::move(each));
  }
  // Before the batches in the pool's line, so that the next files are listed while these are read.
  list_more();
  for (auto& each : batches) digest(std::move(each));
}

void digest_run::digest(std::vector<listed_file> files) {
  std::size_t text_bytes = 0;
  for (const auto& each : files) text_bytes += each.path.size() + line_text_bytes;
  auto future = offstage::submit_call(digesting_, digest_files, std::move(files), counters_);
  future.on_done([this](const auto&) { print_ready(); });
  window_.push_back({std::move(future), text_bytes});
}

void digest_run::print_ready() {
  while (!ending_ && !window_.empty() && window_.front().future.done()) {
    const auto [future, text_bytes] = std::move(window_.front());
    window_.pop_front();
    window_text_bytes_ -= text_bytes;
    if (future.state() == offstage::future_state::completed) {
      take(future.take_result());
    } else {
      give_up(future.failure());
    }
    if (printing_ != print_end::printed) return;
    list_more();
  }
}

void digest_run::take(digest_batch done) {
  printing_ = console_.print(done.lines);
  if (printing_ != print_end::printed) return;
  files_reported_ += done.problems.size();
  for (const auto& each : done.problems) report(each);
}

void digest_run::report(const problem& what) {
  console_.report(what);
  any_problem_ = true;
}

void digest_run::give_up(const offstage::failure& why) {
  console_.say("some files are left out: " + why.summary());
  any_problem_ = true;
}

bool digest_run::over() const {
  return printing_ != print_end::printed || (listed_all_ && window_.empty());
}

void digest_run::show_progress() {
  if (!console_.shows_progress()) return;
  const tree_total done{counters_->files, counters_->bytes};
  const auto shown = meter_.measure(std::chrono::steady_clock::now(), done, total_);
  console_.show(progress_text(shown, console_.columns()));
}

int digest_run::end_interrupted() {
  const auto files = std::max(files_listed_, total_ ? total_->files : 0);
  const bool exact = listed_all_ || total_;
  console_.say(std::string(interruption_.signal() == SIGINT ? "interrupted" : "terminated") + ": " +
               (exact ? "" : "at least ") +
               counted(files - std::min(files, console_.lines_printed() + files_reported_)) +
               " left out, the output is incomplete");
  return 128 + interruption_.signal();
}

}  // namespace digest_tree
