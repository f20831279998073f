#include "actors/pool/circuit_breaker.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace offstage {
namespace {

using fault = circuit_breaker::fault;

TEST(CircuitBreakerTest, OpensWhenSoManyInARowDied) {
  circuit_breaker breaker(3);
  breaker.failed(fault::died, "the first");
  breaker.failed(fault::died, "the second");
  EXPECT_FALSE(breaker.open());
  EXPECT_EQ(breaker.reason(), "");
  breaker.failed(fault::died, "the third");
  EXPECT_TRUE(breaker.open());
  EXPECT_EQ(breaker.reason(),
            "no worker process can be had: 3 ended in a row before they had run anything; the last "
            "one: the third");
}

TEST(CircuitBreakerTest, GivesUpThoseWhoWaitWhenSoManyInARowRaised) {
  circuit_breaker breaker(3);
  breaker.failed(fault::raised, "no device");
  breaker.failed(fault::raised, "no device");
  EXPECT_EQ(breaker.doubt(), "");
  for (int i = 3; i < 6; ++i) {
    breaker.failed(fault::raised, "no device of " + std::to_string(i));
    EXPECT_EQ(breaker.doubt(), "no worker process can be had: " + std::to_string(i) +
                                   " ended in a row before they had run anything; the last one: no "
                                   "device of " +
                                   std::to_string(i));
    EXPECT_FALSE(breaker.open());
  }
  breaker.proved_useful();
  EXPECT_EQ(breaker.doubt(), "");
}

// Every history of seven events, of three sorts, against what the words say.
TEST(CircuitBreakerTest, DoesWhatItSaysInEveryHistory) {
  constexpr int length = 7;
  int histories = 1;
  for (int i = 0; i < length; ++i) histories *= 3;
  for (std::size_t most = 1; most <= 4; ++most) {
    for (int history = 0; history < histories; ++history) {
      circuit_breaker breaker(most);
      std::size_t died = 0;
      std::size_t raised = 0;
      bool open = false;
      std::string reason;
      for (int step = 0, rest = history; step < length; ++step, rest /= 3) {
        if (rest % 3 == 0) {
          breaker.proved_useful();
          died = raised = 0;
        } else {
          const auto what = rest % 3 == 1 ? fault::died : fault::raised;
          breaker.failed(what, std::to_string(step));
          if (!open) ++(what == fault::died ? died : raised);
          open = open || died >= most;
        }
        ASSERT_EQ(breaker.open(), open) << history << " at " << step;
        ASSERT_EQ(breaker.doubt().empty(), raised < most) << history << " at " << step;
        // Once it is open its reason does not change.
        if (reason.empty()) reason = breaker.reason();
        ASSERT_EQ(breaker.reason(), reason);
        ASSERT_EQ(breaker.reason().empty(), !open);
      }
    }
  }
}

}  // namespace
}  // namespace offstage
