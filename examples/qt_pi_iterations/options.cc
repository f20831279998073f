#include "examples/qt_pi_iterations/options.h"

#include <getopt.h>

#include <charconv>
#include <string>

namespace pi_plot {
namespace {

std::int64_t points_in(std::string_view text) {
  constexpr std::int64_t most = 1000000000;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most) {
    throw wrong_options("--points takes a whole number from 1 to " + std::to_string(most) +
                        ", not '" + std::string(text) + "'");
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
    "Usage: qt_pi_iterations [--context threads|processes] [--points N]\n"
    "\n"
    "A window that shows ever better approximations of pi, by random points, until it is told to\n"
    "stop.\n"
    "\n"
    "  --context threads|processes\n"
    "                 where they are calculated: in a thread (default), or in a worker process\n"
    "  --points N     how many points come with each approximation, 1 to 1000000000\n"
    "                 (default: 100000)\n"
    "  --help         prints this\n"
    "\n"
    "Exit codes: 0 the window was closed, 2 wrong options.\n";

options parse_options(int argc, char** argv) {
  enum : int { context = 'c', points, help };
  static constexpr option known[] = {{"context", required_argument, nullptr, context},
                                     {"points", required_argument, nullptr, points},
                                     {"help", no_argument, nullptr, help},
                                     {nullptr, 0, nullptr, 0}};
  options found;
  opterr = 0;
  for (;;) {
    const int word = optind;
    const int which = getopt_long(argc, argv, ":", known, nullptr);
    if (which == -1) break;
    switch (which) {
      case context:
        found.context = workplace_in(optarg);
        break;
      case points:
        found.points_each = points_in(optarg);
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
  if (optind < argc) throw wrong_options("not an option: " + std::string(argv[optind]));
  return found;
}

}  // namespace pi_plot
