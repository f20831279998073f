#include "actors/node/oom_kills.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace offstage {
namespace {

TEST(OomKillsTest, FindsTheNumberInEachKindOfFile) {
  EXPECT_EQ(oom_kills_in("low 0\nhigh 0\nmax 31\noom 2\noom_kill 1\noom_group_kill 0\n"), 1U);
  EXPECT_EQ(oom_kills_in("oom_kill_disable 0\nunder_oom 0\noom_kill 27\n"), 27U);
  EXPECT_EQ(oom_kills_in("oom_kill 18446744073709551615"), UINT64_MAX);
}

TEST(OomKillsTest, FindsNoneInAnythingElse) {
  for (const auto* text :
       {"", "\n", "oom_kill", "oom_kill \n", "oom_kill x\n", "oom_kill 1x\n", "oom_kill -1\n",
        " oom_kill 1\n", "oom_kill 18446744073709551616\n", "oom_kill_disable 0\n", "oom 1\n"}) {
    EXPECT_FALSE(oom_kills_in(text)) << text;
  }
}

TEST(OomKillsTest, LooksInItsOwnGroupAndThoseAroundItAndThenAtTheMachine) {
  using places = std::vector<std::string>;
  EXPECT_EQ(oom_kills_places("0::/user.slice/a.scope\n"),
            (places{"/sys/fs/cgroup/user.slice/a.scope/memory.events",
                    "/sys/fs/cgroup/user.slice/memory.events", "/sys/fs/cgroup/memory.events",
                    "/proc/vmstat"}));
  EXPECT_EQ(oom_kills_places("5:cpu,cpuacct:/x\n4:memory:/x\n0::/\n"),
            (places{"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/x/memory.oom_control",
                    "/sys/fs/cgroup/memory/memory.oom_control", "/proc/vmstat"}));
  for (const auto* text : {"", "\n", "0:", "junk", "3:cpu:/a"}) {
    EXPECT_EQ(oom_kills_places(text), places{"/proc/vmstat"}) << text;
  }
}

TEST(OomKillsTest, ExplainsAsManyKillsAsWereCounted) {
  const std::string path = ::testing::TempDir() + "memory.events";
  const auto count = [&](int kills) { std::ofstream(path) << "oom_kill " << kills << '\n'; };
  count(5);
  oom_kills kills(path);
  EXPECT_FALSE(kills.explain_one());
  count(7);
  EXPECT_TRUE(kills.explain_one());
  EXPECT_TRUE(kills.explain_one());
  EXPECT_FALSE(kills.explain_one());
  count(8);
  EXPECT_TRUE(kills.explain_one());
  EXPECT_FALSE(kills.explain_one());
}

TEST(OomKillsTest, ExplainsNothingWithoutAFile) {
  oom_kills none("/nowhere/to/be/found");
  EXPECT_FALSE(none.explain_one());
  EXPECT_FALSE(oom_kills().explain_one());
}

}  // namespace
}  // namespace offstage
