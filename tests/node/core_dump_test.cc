// What the kernel tells of a process that has crashed.

#include "actors/node/core_dump.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace offstage {
namespace {

std::string status_with(const std::string& line) {
  return "Name:\ta CoreDumping: 1\nState:\tD (disk sleep)\nVmRSS:\t1 kB\n" + line + "Threads:\t1\n";
}

TEST(CoreDumpTest, IsReadFromItsLine) {
  EXPECT_TRUE(tells_of_core(status_with("CoreDumping:\t1\n")));
  EXPECT_TRUE(tells_of_core("\nCoreDumping:\t1"));
  EXPECT_FALSE(tells_of_core(status_with("CoreDumping:\t0\n")));
  EXPECT_FALSE(tells_of_core(status_with("")));
  EXPECT_FALSE(tells_of_core(""));
}

TEST(CoreDumpTest, IsNotWrittenOfProcessesThatRunOrAreGone) {
  EXPECT_FALSE(writes_core(::getpid()));
  EXPECT_FALSE(writes_core(-1));
}

}  // namespace
}  // namespace offstage
