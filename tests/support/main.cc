// The main function of every test.

#include <gtest/gtest.h>

#include "actors/node/worker_entry.h"

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
