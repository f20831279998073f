#include "actors/node/node_main.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>

#include "actors/node/child_node.h"
#include "actors/node/node_setup.h"
#include "actors/task/code_address.h"

namespace offstage {
namespace {

constexpr int oom_score_step = 500;
constexpr int oom_score_max = 1000;

// If memory runs out, the kernel is to take a worker and not the application.
void raise_oom_score() {
  std::ifstream now("/proc/self/oom_score_adj");
  int score = 0;
  if (!(now >> score)) return;
  std::ofstream("/proc/self/oom_score_adj") << std::min(score + oom_score_step, oom_score_max);
}

}  // namespace

void node_main() {
  for (int number = lane_descriptor; number <= last_node_descriptor; ++number) {
    fcntl(number, F_SETFD, FD_CLOEXEC);
  }
  prctl(PR_SET_NAME, "offstage-worker");
  raise_oom_score();
  // Whole lines, so that they can be passed on while the task goes on.
  setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  // A fork server may have used some for itself.
  forget_modules();
  try {
    // Never destroyed: its threads run until the process ends.
    (new child_node)->run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "offstage: worker process: %s\n", error.what());
    std::fflush(stderr);
    _exit(1);
  }
}

}  // namespace offstage
