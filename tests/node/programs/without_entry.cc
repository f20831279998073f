// A program that forgot its worker_entry.

#include <cstdio>

#include "actors/offstage.h"

int main() {
  try {
    offstage::multiprocessing_context context;
  } catch (const offstage::worker_entry_missing& missing) {
    std::printf("%s\n", missing.what());
    return 3;
  }
}
