#include "actors/pool/after_death.h"

#include <gtest/gtest.h>

namespace offstage {
namespace {

constexpr on_worker_death all_policies[] = {on_worker_death::fail_task, on_worker_death::retry,
                                            on_worker_death::break_pool};

// All combinations of everything that it looks at.
template <class Visit>
void for_each_case(const Visit& visit) {
  for (const auto what : all_policies) {
    for (std::uint32_t retries_max = 0; retries_max < 4; ++retries_max) {
      for (std::uint32_t retried = 0; retried < 5; ++retried) {
        for (int flags = 0; flags < 16; ++flags) {
          const orphaned_task task{.begun = (flags & 1) != 0,
                                   .cancelled = (flags & 2) != 0,
                                   .idempotent = (flags & 4) != 0,
                                   .has_said_more = (flags & 8) != 0,
                                   .times_retried = retried};
          visit(task, what, retries_max, after_death(task, what, retries_max));
        }
      }
    }
  }
}

TEST(AfterDeathTest, RunsWhatWasNotBegunElsewhereUnlessNobodyWantsIt) {
  for_each_case([](const auto& task, auto, auto, fate found) {
    if (task.begun) {
      EXPECT_NE(found, fate::goes_on);
      EXPECT_NE(found, fate::abandoned);
    } else {
      EXPECT_EQ(found, task.cancelled ? fate::abandoned : fate::goes_on);
    }
  });
}

TEST(AfterDeathTest, RunsAgainWhatMayBeAndWasAskedFor) {
  int times = 0;
  for_each_case([&](const auto& task, auto what, auto retries_max, fate found) {
    const bool expected = task.begun && what == on_worker_death::retry && task.idempotent &&
                          !task.cancelled && !task.has_said_more &&
                          task.times_retried < retries_max;
    EXPECT_EQ(found == fate::retried, expected);
    times += expected ? 1 : 0;
  });
  EXPECT_EQ(times, 1 + 2 + 3);
}

TEST(AfterDeathTest, FailsEverythingElse) {
  for_each_case([](const auto& task, auto, auto, fate found) {
    if (task.begun && found != fate::retried) {
      EXPECT_EQ(found, fate::failed);
    }
  });
}

}  // namespace
}  // namespace offstage
