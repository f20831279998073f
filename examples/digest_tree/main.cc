// Digests trees of files as sha256sum would, with all CPUs busy and home free for Ctrl-C.
//
// Read on in digest_run.h; the bodies of the tasks are in tree_walk.h and digest.h.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <utility>

#include "actors/offstage.h"
#include "examples/digest_tree/digest_run.h"
#include "examples/digest_tree/interruption.h"
#include "examples/digest_tree/options.h"

namespace {

// A standard stream that the caller closed must not become one of our files; using it still fails.
void keep_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0) {
      ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

std::unique_ptr<offstage::parallel_context> context_in(digest_tree::workplace where) {
  if (where == digest_tree::workplace::threads) {
    return std::make_unique<offstage::multithreading_context>();
  }
  return std::make_unique<offstage::multiprocessing_context>();
}

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  keep_standard_streams();
  // Writing to a closed pipe is an error like others, so that the terminal is left tidy.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    auto wanted = digest_tree::parse_options(argc, argv);
    if (wanted.help) {
      std::cout << digest_tree::help_text << std::flush;
      return std::cout ? 0 : 1;
    }
    offstage::manual_loop loop;
    digest_tree::interruption interruption(loop);
    const auto context = context_in(wanted.context);
    return digest_tree::digest_run(loop, interruption, *context, std::move(wanted)).run();
  } catch (const digest_tree::wrong_options& why) {
    std::cerr << "digest_tree: " << why.what() << "\n\n" << digest_tree::help_text;
    return 2;
  } catch (const std::exception& why) {
    std::cerr << "digest_tree: " << why.what() << '\n';
    return 1;
  }
}
