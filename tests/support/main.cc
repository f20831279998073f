// The main function of every test.

#include <gtest/gtest.h>

#include "actors/node/worker_entry.h"
#include "tests/support/processes.h"

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) offstage::testing::take_start_method(argv[i]);
  return RUN_ALL_TESTS();
}
