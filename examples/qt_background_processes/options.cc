#include "examples/qt_background_processes/options.h"

#include <getopt.h>

#include <charconv>
#include <string>

namespace background_jobs {
namespace {

// The number that `text` is, if it is one and in the range; `name` says whose value it is.
template <class Number>
Number number_in(const std::string& name, std::string_view text, Number min, Number max) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= min) ||
      !(number <= max)) {
    throw wrong_options(name + " from " + std::to_string(static_cast<long>(min)) + " to " +
                        std::to_string(static_cast<long>(max)) + ", not '" + std::string(text) +
                        "'");
  }
  return number;
}

workplace workplace_in(std::string_view text) {
  if (text == "threads") return workplace::threads;
  if (text == "processes") return workplace::processes;
  throw wrong_options("--context takes threads or processes, not '" + std::string(text) + "'");
}

}  // namespace

const std::string_view help_text =
    "Usage: qt_background_processes [OPTION]... [NUMBER]...\n"
    "\n"
    "A window with slow, unreliable squares: each is a job in the background. Each NUMBER, 0 to\n"
    "100, is squared to begin with.\n"
    "\n"
    "  --context threads|processes\n"
    "                        where jobs run: in threads (default), or in worker processes, whose\n"
    "                        death costs the job they are at and nothing else\n"
    "  --workers N           how many jobs run at once, 1 to 4096 (default: one for each CPU)\n"
    "  --jobs N              this many more squares to begin with, 0 to 1000000\n"
    "  --time-limit SECONDS  how long a job may take before it fails, 0 to 3600 (default: 5)\n"
    "  --failing SHARE       which part of the jobs takes too long, 0 to 1 (default: 0.05); with "
    "0\n"
    "                        each takes half of the limit\n"
    "  --busy                jobs compute all the time, rather than wait\n"
    "  --stubborn            jobs go on after a cancel until their time is over\n"
    "  --help                prints this\n"
    "\n"
    "Exit codes: 0 the window was closed, 2 wrong options.\n";

options parse_options(int argc, char** argv) {
  enum : int { context = 'c', workers, jobs, time_limit, failing, busy, stubborn, help };
  static constexpr option known[] = {{"context", required_argument, nullptr, context},
                                     {"workers", required_argument, nullptr, workers},
                                     {"jobs", required_argument, nullptr, jobs},
                                     {"time-limit", required_argument, nullptr, time_limit},
                                     {"failing", required_argument, nullptr, failing},
                                     {"busy", no_argument, nullptr, busy},
                                     {"stubborn", no_argument, nullptr, stubborn},
                                     {"help", no_argument, nullptr, help},
                                     {nullptr, 0, nullptr, 0}};
  options found;
  int more_jobs = 0;
  opterr = 0;
  for (;;) {
    const int word = optind;
    const int which = getopt_long(argc, argv, ":", known, nullptr);
    if (which == -1) break;
    switch (which) {
      case context:
        found.context = workplace_in(optarg);
        break;
      case workers:
        found.workers = number_in("--workers takes a whole number", optarg, 1, 4096);
        break;
      case jobs:
        more_jobs = number_in("--jobs takes a whole number", optarg, 0, 1000000);
        break;
      case time_limit:
        found.conditions.time_limit_s =
            number_in("--time-limit takes seconds", optarg, 0.0, 3600.0);
        break;
      case failing:
        found.conditions.failing_share = number_in("--failing takes a share", optarg, 0.0, 1.0);
        break;
      case busy:
        found.conditions.busy = true;
        break;
      case stubborn:
        found.conditions.stubborn = true;
        break;
      case help:
        found.help = true;
        return found;
      case ':':
        throw wrong_options(std::string(argv[optind - 1]) + " needs a value");
      default:
        // getopt has moved on past a long option, but not past a cluster of short ones.
        throw wrong_options("unknown option: " +
                            std::string(argv[optind > word ? optind - 1 : optind]));
    }
  }
  for (int i = optind; i < argc; ++i) {
    found.inputs.push_back(number_in("a NUMBER is a whole one", argv[i], input_min, input_max));
  }
  for (int i = 0; i < more_jobs; ++i) {
    found.inputs.push_back(input_min + i % (input_max - input_min + 1));
  }
  return found;
}

}  // namespace background_jobs
