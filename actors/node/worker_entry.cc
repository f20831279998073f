#include "actors/node/worker_entry.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "actors/node/child_process.h"
#include "actors/node/fork_server_main.h"
#include "actors/node/node_main.h"
#include "actors/node/node_setup.h"

namespace offstage {
namespace {

std::atomic<bool> called{false};
std::atomic<bool> in_worker{false};

}  // namespace

void worker_entry(int, char**) {
  called = true;
  const auto* const mark = std::getenv(node_mark);
  if (mark == nullptr) return;
  if (has_privileges_of_its_file()) {
    // Whoever started it may have said so, and would say as well what it is to run.
    std::fprintf(stderr,
                 "offstage: a program with the privileges of its file is no worker process\n");
    std::fflush(stderr);
    _exit(1);
  }
  const bool serves = std::string_view(mark) == fork_server_mark;
  // Programs that are started by tasks are no workers.
  unsetenv(node_mark);
  in_worker = true;
  if (serves) fork_server_main();
  node_main();
}

bool worker_entry_called() noexcept { return called; }

bool worker_entry_missed() noexcept { return !called && std::getenv(node_mark) != nullptr; }

bool has_privileges_of_its_file() noexcept { return getauxval(AT_SECURE) != 0; }

bool is_worker_process() noexcept { return in_worker; }

int worker_depth() noexcept {
  const auto* const depth = secure_getenv(node_depth);
  return depth == nullptr ? 0 : std::atoi(depth);
}

std::vector<std::string> worker_environment(std::vector<std::string> additions) {
  additions.push_back(std::string(node_depth) + "=" + std::to_string(worker_depth() + 1));
  return environment_with(additions);
}

}  // namespace offstage
