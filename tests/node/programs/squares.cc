// A program that moves about while its workers run: it leaves its folder, deletes its own file when
// asked to, and goes on.

#include <unistd.h>

#include <cstdio>
#include <string>

#include "actors/offstage.h"

int square(int n) { return n * n; }

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  if (argc > 1 && std::string(argv[1]) == "delete") unlink(argv[0]);
  if (chdir("/") != 0) return 1;
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
  offstage::executor executor{loop, {.context = &context, .worker_count = 2}};
  for (int n = 1; n <= 3; ++n) {
    auto future = offstage::submit_call(executor, square, n);
    loop.run_until(future);
    if (future.result() != n * n) return 2;
    std::printf("%d\n", future.result());
  }
}
