// A program that names itself as the program of its workers and has no worker_entry:
// `own_executable METHOD [idle]`. With `idle` it does nothing where it is a worker.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "actors/offstage.h"

int square(int n) { return n * n; }

int main(int argc, char** argv) {
  // Workers have no arguments.
  constexpr const char* first = "OWN_EXECUTABLE";
  const auto* const how = std::getenv(first);
  const std::string_view method = how != nullptr ? how : argv[1];
  if (how != nullptr && std::getenv("OWN_EXECUTABLE_IDLE") != nullptr) {
    for (;;) pause();
  }
  setenv(first, argc > 1 ? argv[1] : how, 1);
  if (argc > 2) setenv("OWN_EXECUTABLE_IDLE", "", 1);
  try {
    offstage::manual_loop loop;
    offstage::multiprocessing_context context(
        {.executable = "/proc/self/exe",
         .method = method == to_string(offstage::start_method::spawn)
                       ? offstage::start_method::spawn
                       : offstage::start_method::forkserver});
    offstage::executor executor{loop, {.context = &context, .worker_count = 1}};
    const auto future = offstage::submit_call(executor, square, 3);
    loop.run_until(future);
    std::printf("%s\n", future.state() == offstage::future_state::failed
                            ? future.failure().what.c_str()
                            : "completed");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
