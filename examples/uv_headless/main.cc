// A program without a window on libuv: it counts the words of the files whose paths it reads, in
// workers, and prints each result as it comes.
//
//   find /usr/include -name '*.h' | tools/run uv_headless -- --context processes

#include <uv.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "actors/loop/uv/uv_loop.h"
#include "actors/offstage.h"
#include "examples/uv_headless/word_run.h"

namespace {

constexpr std::string_view help_text = R"(Counts lines, words and bytes of files.

usage: uv_headless [--context threads|processes] [--workers N] [--progress MILLISECONDS] < PATHS

Reads paths from stdin, one a line. Prints LINES WORDS BYTES PATH for each as soon as it is known, and
on stderr how far it is. Ctrl-C cancels what is under way.
)";

struct options {
  bool help = false;
  bool processes = false;
  std::optional<int> workers;
  std::chrono::milliseconds progress{1000};
};

int number(std::string_view option, std::string_view text, int most) {
  int value = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || value < 1 || value > most) {
    throw std::runtime_error(std::string(option) + ": expected a number from 1 to " +
                             std::to_string(most) + ", found '" + std::string(text) + "'");
  }
  return value;
}

options parse(int argc, char** argv) {
  options out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto value = [&]() -> std::string_view {
      if (++i == argc) throw std::runtime_error(std::string(option) + ": expected a value");
      return argv[i];
    };
    if (option == "--help" || option == "-h") {
      out.help = true;
    } else if (option == "--workers") {
      out.workers = number(option, value(), 256);
    } else if (option == "--progress") {
      out.progress = std::chrono::milliseconds(number(option, value(), 3'600'000));
    } else if (option == "--context") {
      const auto where = value();
      if (where != "threads" && where != "processes") {
        throw std::runtime_error("--context: expected threads or processes, found '" +
                                 std::string(where) + "'");
      }
      out.processes = where == "processes";
    } else {
      throw std::runtime_error("unknown option " + std::string(option) + " (see --help)");
    }
  }
  return out;
}

int run(const options& wanted) {
  offstage::uv_loop loop;
  std::unique_ptr<offstage::parallel_context> context;
  if (wanted.processes) {
    context = std::make_unique<offstage::multiprocessing_context>();
  } else {
    context = std::make_unique<offstage::multithreading_context>();
  }
  offstage::executor executor{loop, {.context = context.get(), .worker_count = wanted.workers}};

  uv_headless::word_run words(uv_default_loop(), executor, wanted.progress);
  // Returns when the input has ended, no task is under way and all is written.
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  words.close();
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  return words.exit_code();
}

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  int code = 2;
  try {
    const auto wanted = parse(argc, argv);
    code = 1;
    if (wanted.help) {
      std::cout << help_text;
      return 0;
    }
    // A reader that has gone is an error of the write, and no reason to die.
    std::signal(SIGPIPE, SIG_IGN);
    return run(wanted);
  } catch (const std::exception& error) {
    std::cerr << "uv_headless: " << error.what() << '\n';
    return code;
  }
}
