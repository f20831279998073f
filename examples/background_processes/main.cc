// Many unreliable slow squares at once: every state is shown as it changes, all can be cancelled,
// and those that are finished can be cleared away. They run in threads, or in worker processes. Try
// it by hand:
//
//   tools/run background_processes -- --context processes 3 4 5
//
// and type a number, "cancel", "clear", "show" or "quit".

#include <algorithm>
#include <charconv>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "examples/background_processes/slow_square.h"

namespace {

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

enum class workplace { threads, processes };

struct options {
  workplace context = workplace::threads;
  square_conditions conditions;
  std::optional<int> workers;
  std::vector<int> squares;
};

// Null if it does not understand the command line.
std::optional<options> options_in(int argc, char** argv) {
  options out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view next = i + 1 < argc ? argv[i + 1] : "";
    if (const auto square = number_in<int>(word)) {
      out.squares.push_back(*square);
      continue;
    }
    ++i;
    const auto value = number_in<double>(next).value_or(-1);
    if (word == "--workers" && number_in<int>(next).value_or(0) > 0) {
      out.workers = number_in<int>(next);
    } else if (word == "--time-limit" && value >= 0 && value <= 3600) {
      out.conditions.time_limit_s = value;
    } else if (word == "--failing" && value >= 0 && value <= 1) {
      out.conditions.failing_share = value;
    } else if (word == "--context" && (next == "threads" || next == "processes")) {
      out.context = next == "threads" ? workplace::threads : workplace::processes;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::unique_ptr<offstage::parallel_context> context_in(workplace where) {
  if (where == workplace::threads) return std::make_unique<offstage::multithreading_context>();
  return std::make_unique<offstage::multiprocessing_context>();
}

// Reading a keyboard is slow work, too: this waits away from home.
offstage::generator<std::string> typed_lines() {
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    co_yield std::move(line);
  }
}

class squares {
 public:
  squares(offstage::executor& executor, square_conditions conditions)
      : executor_(executor), conditions_(conditions) {}

  void add(int n) {
    jobs_.push_back(
        {++last_number_, n, offstage::submit_call(executor_, slow_square, n, conditions_)});
    const auto& added = jobs_.back();
    show(added);
    added.future.on_state([this, number = added.number](const auto&) {
      const auto changed = std::find_if(jobs_.begin(), jobs_.end(),
                                        [&](const job& each) { return each.number == number; });
      if (changed != jobs_.end()) show(*changed);
    });
  }

  void cancel_all() {
    for (const auto& each : jobs_) each.future.cancel();
  }

  void clear_finished() {
    jobs_.remove_if([](const job& each) { return each.future.done(); });
  }

  void show_all() const {
    for (const auto& each : jobs_) show(each);
  }

  bool finished() const {
    return std::all_of(jobs_.begin(), jobs_.end(),
                       [](const job& each) { return each.future.done(); });
  }

  void obey(const std::string& line) {
    if (const auto n = number_in<int>(line)) {
      add(*n);
    } else if (line == "cancel") {
      cancel_all();
    } else if (line == "clear") {
      clear_finished();
    } else if (line == "show") {
      show_all();
    } else {
      std::cout << "a number, cancel, clear, show or quit" << std::endl;
    }
  }

 private:
  struct job {
    int number;
    int n;
    offstage::call_future<long> future;
  };

  static void show(const job& which) {
    std::cout << '#' << which.number << "  square of " << which.n << "  " << text_of(which.future)
              << std::endl;
  }

  static std::string text_of(const offstage::call_future<long>& future) {
    switch (future.state()) {
      case offstage::future_state::waiting:
        return "Waiting";
      case offstage::future_state::executing:
        return "Executing";
      case offstage::future_state::cancelling:
        return "Cancelling";
      case offstage::future_state::cancelled:
        return "Cancelled";
      case offstage::future_state::failed:
        return "Failed: " + future.failure().what;
      case offstage::future_state::completed:
        return "Completed: result=" + std::to_string(future.result());
    }
    return "";
  }

  offstage::executor& executor_;
  const square_conditions conditions_;
  std::list<job> jobs_;
  int last_number_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  const auto asked = options_in(argc, argv);
  if (!asked) {
    std::cerr << "usage: background_processes [--context threads|processes] [--workers N] "
                 "[--time-limit SECONDS] [--failing SHARE] [NUMBER...]\n";
    return 2;
  }
  offstage::manual_loop loop;
  const auto context = context_in(asked->context);
  offstage::executor workers{loop, {.context = context.get(), .worker_count = asked->workers}};
  squares jobs(workers, asked->conditions);
  for (const int n : asked->squares) jobs.add(n);

  // Always a thread of this process: the keyboard is its own.
  offstage::executor keyboard{loop, {.worker_count = 1}};
  auto typed = offstage::submit_iteration(keyboard, typed_lines);
  typed.on_item([&](const std::string& line) { jobs.obey(line); });
  loop.run_until(typed);

  // The user has gone: what still runs is of no use to anybody.
  jobs.cancel_all();
  loop.run_until([&] { return jobs.finished(); });
}
