// A program that says whether it has privileges of its file, and tries to have workers.

#include <sys/auxv.h>
#include <unistd.h>

#include <cstdio>

#include "actors/offstage.h"

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  std::printf("%s\n", getauxval(AT_SECURE) != 0 ? "privileges" : "no privileges");
  try {
    offstage::multiprocessing_context context;
    std::printf("workers\n");
  } catch (const offstage::invalid_options& refused) {
    std::printf("%s\n", refused.what());
  }
}
