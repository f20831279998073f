// How many CPUs this process may use.

#include "actors/pool/cpu_count.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace offstage {
namespace {

TEST(CpuCountTest, RoundsAQuotaUp) {
  EXPECT_EQ(cpus_of_quota("150000 100000"), 2);
  EXPECT_EQ(cpus_of_quota("200000 100000\n"), 2);
  EXPECT_EQ(cpus_of_quota("1000 100000"), 1);
  EXPECT_EQ(cpus_of_quota("50000", "100000"), 1);
  EXPECT_EQ(cpus_of_quota("400001\n", "100000\n"), 5);
}

TEST(CpuCountTest, TakesAnythingElseForNoQuota) {
  for (const auto* text : {"max 100000", "", "100000", "a b", "-1 100000", "1 0", "0 100000"}) {
    EXPECT_EQ(cpus_of_quota(text), std::nullopt) << text;
  }
  EXPECT_EQ(cpus_of_quota("-1", "100000"), std::nullopt);
}

TEST(CpuCountTest, KeepsToTheAffinityOfTheThread) {
  std::thread([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(usable_cpus(), 1);
  }).join();
  EXPECT_GE(usable_cpus(), 1);
}

}  // namespace
}  // namespace offstage
