#include "actors/pool/circuit_breaker.h"

#include <gtest/gtest.h>

#include <cstdint>
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

TEST(CircuitBreakerTest, OpensAtOnceForAnInitializerThatNeverWorked) {
  circuit_breaker breaker(3);
  breaker.failed(fault::raised, "no licence");
  EXPECT_TRUE(breaker.open());
  EXPECT_EQ(breaker.reason(), "no worker process can be had: no licence");
}

TEST(CircuitBreakerTest, BearsWithAnInitializerThatWorkedBefore) {
  circuit_breaker breaker(3);
  breaker.proved_useful();
  breaker.failed(fault::raised, "1");
  breaker.failed(fault::raised, "2");
  EXPECT_FALSE(breaker.open());
  breaker.failed(fault::raised, "3");
  EXPECT_TRUE(breaker.open());
}

// Every history of seven events, of three sorts, against what the words say.
TEST(CircuitBreakerTest, DoesWhatItSaysInEveryHistory) {
  constexpr int length = 7;
  int histories = 1;
  for (int i = 0; i < length; ++i) histories *= 3;
  for (std::size_t most = 1; most <= 4; ++most) {
    for (int history = 0; history < histories; ++history) {
      circuit_breaker breaker(most);
      std::size_t in_a_row = 0;
      bool ever = false;
      bool open = false;
      std::string reason;
      for (int step = 0, rest = history; step < length; ++step, rest /= 3) {
        if (rest % 3 == 0) {
          breaker.proved_useful();
          in_a_row = 0;
          ever = true;
        } else {
          const auto what = rest % 3 == 1 ? fault::died : fault::raised;
          breaker.failed(what, std::to_string(step));
          ++in_a_row;
          open = open || in_a_row >= most || (what == fault::raised && !ever);
        }
        ASSERT_EQ(breaker.open(), open) << history << " at " << step;
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
