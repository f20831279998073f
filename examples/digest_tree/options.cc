#include "examples/digest_tree/options.h"

#include <getopt.h>

#include <charconv>

namespace digest_tree {
namespace {

constexpr int workers_max = 4096;

int parse_workers(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 ||
      number > workers_max) {
    throw wrong_options("--workers takes a number from 1 to 4096, not '" + std::string(text) + "'");
  }
  return number;
}

workplace parse_context(std::string_view text) {
  if (text == "threads") return workplace::threads;
  if (text == "processes") return workplace::processes;
  throw wrong_options("--context takes threads or processes, not '" + std::string(text) + "'");
}

}  // namespace

const std::string_view help_text =
    "Usage: digest_tree [--context threads|processes] [--workers N] PATH...\n"
    "\n"
    "Prints the SHA-256 of every regular file that is a PATH or below one, sorted by path\n"
    "(bytewise), one line each, as sha256sum prints them.\n"
    "\n"
    "  --context threads|processes\n"
    "                 where files are read and hashed: in threads (default), or in worker\n"
    "                 processes, whose death costs the file they are at and nothing else\n"
    "  --workers N    how many files at once, 1 to 4096 (default: one for each CPU)\n"
    "  --help         prints this\n"
    "\n"
    "A link given as PATH is followed; links below are not, but broken ones are reported. A file\n"
    "that several PATHs lead to is printed for each of them. What cannot be digested is said on\n"
    "stderr, one line each, and the rest is done.\n"
    "\n"
    "Exit codes: 0 all done, 1 something could not be digested or written, 2 wrong options,\n"
    "130 interrupted (Ctrl-C), 143 terminated.\n";

options parse_options(int argc, char** argv) {
  enum : int { context = 'c', workers = 'w', help = 'h' };
  static constexpr option known[] = {{"context", required_argument, nullptr, context},
                                     {"workers", required_argument, nullptr, workers},
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
        found.context = parse_context(optarg);
        break;
      case workers:
        found.workers = parse_workers(optarg);
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
  found.paths.assign(argv + optind, argv + argc);
  if (found.paths.empty()) throw wrong_options("a PATH is missing");
  for (const auto& path : found.paths) {
    if (path == "-") throw wrong_options("standard input is no tree; for a file named - say ./-");
  }
  return found;
}

}  // namespace digest_tree
