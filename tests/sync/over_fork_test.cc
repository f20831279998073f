#include "actors/sync/over_fork.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>

namespace offstage::sync {
namespace {

// What is called, in this process and in a copy.
struct noted {
  std::string calls;
  over_fork over{this, [](void* self) noexcept { static_cast<noted*>(self)->calls += "take "; },
                 [](void* self) noexcept { static_cast<noted*>(self)->calls += "let go "; }};
};

bool copy_finds(const std::string& expected, const noted& object) {
  const pid_t copy = fork();
  if (copy == 0) _exit(object.calls == expected ? 0 : 1);
  int status = -1;
  EXPECT_EQ(waitpid(copy, &status, 0), copy);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(OverForkTest, TakesAndLetsGoInBothProcesses) {
  noted object;
  EXPECT_TRUE(copy_finds("take let go ", object));
  EXPECT_EQ(object.calls, "take let go ");
}

TEST(OverForkTest, KnowsThoseThatLive) {
  auto first = std::make_unique<noted>();
  noted second;
  auto third = std::make_unique<noted>();
  third = nullptr;
  EXPECT_TRUE(copy_finds("take let go ", second));
  first = nullptr;
  EXPECT_TRUE(copy_finds("take let go take let go ", second));
}

}  // namespace
}  // namespace offstage::sync
