// Figures of worker processes; the first argument says which.

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "actors/offstage.h"
#include "tools/benchmarks/measure.h"

namespace {

using offstage::bench::clock;
using offstage::bench::tell;
using offstage::bench::us_since;

int low_bits(int n) { return n & 7; }

void count_up(offstage::progress<int>& report, int to) {
  for (int i = 0; i < to; ++i) report(i);
}

void wait_for_ever(offstage::event begun) {
  begun.set();
  for (;;) pause();
}

// Nanoseconds for a look at the cancel flag.
double look_often(offstage::steps_reporter& steps, int looks) {
  int seen = 0;
  const auto begin = clock::now();
  for (int i = 0; i < looks; ++i) seen += steps.cancelled() ? 1 : 0;
  return us_since(begin) * 1000 / looks + seen;
}

struct world {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
  offstage::executor executor;

  explicit world(int workers) : executor(loop, {.context = &context, .worker_count = workers}) {
    run(2000);
  }

  // So many empty calls; false if a result is wrong.
  bool run(int tasks) {
    int done = 0;
    long sum = 0;
    long expected = 0;
    for (int i = 0; i < tasks; ++i) {
      expected += i & 7;
      offstage::submit_call(executor, low_bits, i).on_done([&](const auto& future) {
        sum += future.result();
        ++done;
      });
    }
    loop.run_until([&] { return done == tasks; });
    return sum == expected;
  }
};

int round_trip() {
  world here(1);
  std::vector<double> values;
  for (int repetition = 0; repetition < 5; ++repetition) {
    const int calls = 5000;
    const auto begin = clock::now();
    for (int i = 0; i < calls; ++i) {
      auto future = offstage::submit_call(here.executor, low_bits, i);
      here.loop.run_until(future);
    }
    values.push_back(us_since(begin) / calls);
  }
  tell("process_roundtrip_us", values);
  return 0;
}

int tasks(int workers) {
  world here(workers);
  std::vector<double> values;
  for (int repetition = 0; repetition < 4; ++repetition) {
    const int count = 100000;
    const auto begin = clock::now();
    if (!here.run(count)) return 1;
    values.push_back(us_since(begin) / count);
  }
  tell("process_task_us", values);
  return 0;
}

int messages() {
  world here(1);
  std::vector<double> values;
  for (int repetition = 0; repetition < 3; ++repetition) {
    const int count = 500000;
    int seen = 0;
    const auto begin = clock::now();
    auto future = offstage::submit_progress(here.executor, count_up, count);
    future.on_progress([&](int) { ++seen; });
    here.loop.run_until(future);
    if (seen != count) return 1;
    values.push_back(us_since(begin) / count);
  }
  tell("process_message_us", values);
  return 0;
}

int crash() {
  world here(1);
  std::vector<double> values;
  for (int i = 0; i < 20; ++i) {
    auto id = offstage::submit_call(here.executor, getpid);
    here.loop.run_until(id);
    const auto begun = here.context.make_event();
    auto stuck = offstage::submit_call(here.executor, wait_for_ever, begun);
    begun.wait();
    const auto begin = clock::now();
    ::kill(id.result(), SIGKILL);
    here.loop.run_until(stuck);
    values.push_back(us_since(begin) / 1000);
    if (stuck.state() != offstage::future_state::failed) return 1;
  }
  tell("crash_detect_ms", values);
  return 0;
}

int cancelled() {
  world here(1);
  std::vector<double> values;
  for (int repetition = 0; repetition < 5; ++repetition) {
    auto future = offstage::submit_steps(here.executor, 1, "looking", look_often, 20000000);
    here.loop.run_until(future);
    values.push_back(future.result());
  }
  tell("cancelled_ns", values);
  return 0;
}

long context_switches(int process) {
  long total = 0;
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(tasks)) {
    std::ifstream status(thread.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.find("ctxt_switches:") != line.npos) {
        total += std::stol(line.substr(line.find(':') + 1));
      }
    }
  }
  return total;
}

double pss_mib(int process) {
  std::ifstream rollup("/proc/" + std::to_string(process) + "/smaps_rollup");
  for (std::string line; std::getline(rollup, line);) {
    if (line.rfind("Pss:", 0) == 0) return std::stod(line.substr(4)) / 1024;
  }
  return 0;
}

// The processes that this one has started, and those that they have: workers, fork servers.
void add_children(int parent, std::vector<int>& found) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(parent) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(tasks)) {
    std::ifstream list(thread.path() / "children");
    for (int child; list >> child;) {
      found.push_back(child);
      add_children(child, found);
    }
  }
}

bool is_worker(int process) {
  std::ifstream name("/proc/" + std::to_string(process) + "/comm");
  std::string text;
  return std::getline(name, text) && text == "offstage-worker";
}

int idle(int milliseconds) {
  world here(4);
  here.loop.run_until([] { return false; }, std::chrono::milliseconds(200));
  std::vector<int> processes;
  add_children(getpid(), processes);
  double memory = 0;
  int count = 0;
  for (const int each : processes) {
    if (!is_worker(each)) continue;
    memory += pss_mib(each);
    ++count;
  }
  processes.push_back(getpid());
  const auto all = [&] {
    long out = 0;
    for (const int each : processes) out += context_switches(each);
    return out;
  };
  const auto before = all();
  here.loop.run_until([] { return false; }, std::chrono::milliseconds(milliseconds));
  tell("process_idle_switches", {static_cast<double>(all() - before)});
  tell("worker_pss_mib", {memory / count});
  return count == 4 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  const std::string what = argc > 1 ? argv[1] : "";
  const int number = argc > 2 ? std::atoi(argv[2]) : 0;
  if (what == "round_trip") return round_trip();
  if (what == "tasks") return tasks(number > 0 ? number : 1);
  if (what == "messages") return messages();
  if (what == "crash") return crash();
  if (what == "cancelled") return cancelled();
  if (what == "idle") return idle(number > 0 ? number : 10000);
  return 2;
}
