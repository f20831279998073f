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
// With each listing the names that are left cross to another process and back.
constexpr std::size_t list_files_max_between_processes = 4096;
constexpr std::size_t batch_files_max = 64;
constexpr std::uint64_t batch_size_bytes_max = 1 << 20;

// How much text may wait to be printed behind a file that takes long.
constexpr std::size_t window_text_bytes_max = 8 << 20;

// A line is the path, the digest, and some more for the objects around it.
constexpr std::size_t line_text_bytes = 200;

constexpr milliseconds redraw_time{100};

// How many workers in a row may die of a listing, or before they say anything of a batch.
constexpr int deaths_in_a_row_max = 3;

bool worker_died(const offstage::failure& why) {
  return why.kind == offstage::failure_kind::infrastructure;
}

std::string counted(std::uint64_t files) {
  return std::to_string(files) + (files == 1 ? " file" : " files");
}

}  // namespace

digest_run::digest_run(offstage::manual_loop& loop, const interruption& interruption,
                       offstage::parallel_context& context, options wanted)
    : loop_(loop),
      interruption_(interruption),
      console_(interruption.descriptor()),
      walk_(wanted.paths),
      workers_may_die_(wanted.context == workplace::processes),
      digesting_(loop, {.context = &context, .worker_count = wanted.workers}),
      counting_(loop, {.context = &context, .worker_count = 1}),
      count_(offstage::submit_call(counting_, count_files, std::move(wanted.paths))) {
  count_.on_result([this](const auto& future) { total_ = future.result(); });
  // Nothing but the progress line misses the total.
  count_.on_failure([](const auto& future) { future.failure(); });
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
  // A walk that may get lost stays here, too.
  auto walk = workers_may_die_ ? walk_ : std::move(walk_);
  const auto count = workers_may_die_ ? list_files_max_between_processes : list_files_max;
  auto future = offstage::submit_call(digesting_, list_files, std::move(walk), count);
  future.on_done([this](const auto& done) {
    if (ending_) return;
    listing_ = false;
    if (done.state() == offstage::future_state::completed) {
      listing_deaths_ = 0;
      take(done.take_result());
    } else if (worker_died(done.failure()) && ++listing_deaths_ < deaths_in_a_row_max) {
      list_more();
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

  std::vector<batch> batches;
  std::uint64_t size_bytes = 0;
  for (auto& each : found.files) {
    // A large file is a batch of its own, and keeps no other one waiting that could be printed.
    if (batches.empty() || size_bytes + each.size_bytes > batch_size_bytes_max ||
        batches.back().files.size() == batch_files_max) {
      batches.emplace_back();
      size_bytes = 0;
    }
    size_bytes += each.size_bytes;
    batches.back().text_bytes += each.path.size() + line_text_bytes;
    batches.back().files.push_back(std::move(each));
  }
  for (const auto& each : batches) window_text_bytes_ += each.text_bytes;
  // Before the batches in the pool's line, so that the next files are listed while these are read.
  list_more();
  for (auto& each : batches) digest(window_.emplace_back(std::move(each)));
}

void digest_run::digest(batch& which) {
  const auto first = which.files.begin() + static_cast<std::ptrdiff_t>(which.files_ended);
  which.begun = false;
  // A worker that may die says at once what it has done, so that it is known what it was at.
  which.future = offstage::submit_iteration(digesting_, digest_files,
                                            std::vector<listed_file>(first, which.files.end()),
                                            workers_may_die_ ? 1 : batch_files_max);
  which.future.on_item([this, &which](const digest_news& news) { take(which, news); });
  which.future.on_done([this, &which](const auto&) {
    if (!ending_) end(which);
  });
}

void digest_run::take(batch& which, const digest_news& news) {
  which.begun = true;
  digested_.bytes += news.size_bytes;
  for (const auto& each : news.ended) take(which, each);
}

void digest_run::take(batch& which, const file_end& end) {
  ++digested_.files;
  auto path = std::move(which.files[which.files_ended++].path);
  if (end.digested) {
    which.lines += digest_line(end.text, path);
  } else {
    which.problems.push_back({std::move(path), end.text});
  }
}

void digest_run::end(batch& which) {
  if (which.future.state() == offstage::future_state::failed) {
    const auto& why = which.future.failure();
    if (goes_on_without(why, which)) return digest(which);
    if (which.files_ended < which.files.size()) give_up(why);
  }
  which.over = true;
  print_ready();
}

// Whether there is something left to digest after a worker's death.
bool digest_run::goes_on_without(const offstage::failure& why, batch& which) {
  if (!worker_died(why)) return false;
  if (which.begun) {
    if (which.files_ended < which.files.size()) take(which, file_end{false, why.what});
    which.deaths = 0;
  } else if (++which.deaths == deaths_in_a_row_max) {
    return false;
  }
  return which.files_ended < which.files.size();
}

void digest_run::print_ready() {
  while (!ending_ && !window_.empty() && window_.front().over) {
    const auto next = std::move(window_.front());
    window_.pop_front();
    window_text_bytes_ -= next.text_bytes;
    print(next);
    if (printing_ != print_end::printed) return;
    list_more();
  }
}

void digest_run::print(const batch& which) {
  printing_ = console_.print(which.lines);
  if (printing_ != print_end::printed) return;
  files_reported_ += which.problems.size();
  for (const auto& each : which.problems) report(each);
}

void digest_run::report(const problem& what) {
  console_.report(what);
  any_problem_ = true;
}

void digest_run::give_up(const offstage::failure& why) {
  any_problem_ = true;
  auto summary = why.summary();
  // Where no worker can be had, every batch fails, and says the same.
  if (summary == gave_up_) return;
  console_.say("some files are left out: " + summary);
  gave_up_ = std::move(summary);
}

bool digest_run::over() const {
  return printing_ != print_end::printed || (listed_all_ && window_.empty());
}

void digest_run::show_progress() {
  if (!console_.shows_progress()) return;
  const auto shown = meter_.measure(std::chrono::steady_clock::now(), digested_, total_);
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
