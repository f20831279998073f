// The router of this process, and its inbox.

#include "actors/router/router.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "actors/loop/doorbell.h"
#include "actors/router/inbox.h"
#include "tests/contract/router_rows.h"

namespace offstage::contract {
namespace {

struct plain_router {
  std::unique_ptr<message_router> operator()(loop& home) const {
    return std::make_unique<router>(home);
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Plain, RouterRows, plain_router);

// A loop that counts how often it is woken.
class counting_loop final : public loop {
 public:
  counting_loop() : loop(affinity::binding::this_thread) {}
  ~counting_loop() override { close(); }
  void wake() noexcept override { ++wakes; }
  using loop::dispatch;

  std::atomic<int> wakes{0};
};

TEST(InboxTest, WakesTheLoopOnceForManyPushes) {
  counting_loop loop;
  router messages(loop);
  messages.start();
  ref<number_receiver> to(new number_receiver);
  auto port = messages.open_pipe(to);
  port.start();
  for (std::uint64_t i = 0; i < 50; ++i) port.send(numbered(i));
  EXPECT_EQ(loop.wakes, 1);
  loop.dispatch();
  EXPECT_EQ(to->numbers().size(), 50U);
  EXPECT_EQ(loop.wakes, 1);
  port.send(numbered(50));
  EXPECT_EQ(loop.wakes, 2);
  messages.close_pipe(*to);
  messages.stop();
}

TEST(InboxTest, WakesAgainBeforeUserCodeRunsWhileMoreIsThere) {
  counting_loop loop;
  router messages(loop);
  messages.start();
  ref<number_receiver> to(new number_receiver);
  auto port = messages.open_pipe(to);
  port.start();
  int wakes_in_user_code = 0;
  to->then([&](std::uint64_t number) {
    if (number == 0) wakes_in_user_code = loop.wakes;
  });
  port.send(numbered(0));
  port.send(numbered(1));
  EXPECT_EQ(loop.wakes, 1);
  loop.dispatch();
  EXPECT_EQ(wakes_in_user_code, 2);
  EXPECT_EQ(loop.wakes, 2);
  messages.close_pipe(*to);
  messages.stop();
}

TEST(InboxTest, LosesNothingThatArrivesBetweenTwoTurns) {
  counting_loop loop;
  loop.set_turn_budget(std::chrono::nanoseconds(1));
  router messages(loop);
  messages.start();
  ref<number_receiver> to(new number_receiver);
  auto port = messages.open_pipe(to);
  port.start();
  to->then([](std::uint64_t) {});
  port.send(numbered(0));
  port.send(numbered(1));
  // One message a turn; the third comes while the second is left over from the first turn.
  loop.dispatch();
  ASSERT_EQ(to->numbers().size(), 1U);
  port.send(numbered(2));
  for (int turns = 0, wakes = 0; wakes != loop.wakes; ++turns) {
    wakes = loop.wakes;
    loop.dispatch();
    ASSERT_LT(turns, 10);
  }
  EXPECT_EQ(to->numbers(), (std::vector<std::uint64_t>{0, 1, 2}));
  messages.close_pipe(*to);
  messages.stop();
}

// D5.
TEST(RouterTest, KeepsMessagesForRoutingByHandWhenTheLoopIsGone) {
  auto loop = std::make_unique<manual_loop>();
  router messages(*loop);
  messages.start();
  ref<number_receiver> to(new number_receiver);
  auto port = messages.open_pipe(to);
  port.start();
  loop = nullptr;
  std::thread([&] {
    port.send(numbered(1));
    port.send(numbered(2));
  }).join();
  EXPECT_TRUE(messages.route_until([&] { return to->numbers().size() == 2; }, guard));
  messages.close_pipe(*to);
  messages.stop();
}

TEST(RouterTest, DropsMessagesOfSendersThatOutliveIt) {
  manual_loop loop;
  ref<number_receiver> to(new number_receiver);
  sender port;
  {
    testing::log_capture quiet;
    router messages(loop);
    messages.start();
    port = messages.open_pipe(to);
    port.start();
    port.send(numbered(1));
  }
  port.send(numbered(2));
  EXPECT_FALSE(loop.run_until([] { return false; }, std::chrono::milliseconds(1)));
  EXPECT_TRUE(to->numbers().empty());
}

TEST(RouterTest, SharesATurnFairlyBetweenRouters) {
  manual_loop loop;
  router one(loop);
  router other(loop);
  one.start();
  other.start();
  ref<number_receiver> many(new number_receiver);
  ref<number_receiver> few(new number_receiver);
  auto flood = one.open_pipe(many);
  auto trickle = other.open_pipe(few);
  flood.start();
  trickle.start();
  for (std::uint64_t i = 0; i < 10000; ++i) flood.send(numbered(i));
  trickle.send(numbered(7));
  ASSERT_TRUE(loop.run_until([&] { return !few->numbers().empty(); }, guard));
  // The few did not have to wait for the many.
  EXPECT_LT(many->numbers().size(), 10000U);
  ASSERT_TRUE(loop.run_until([&] { return many->numbers().size() == 10000; }, guard));
  one.close_pipe(*many);
  other.close_pipe(*few);
  one.stop();
  other.stop();
}

}  // namespace
}  // namespace offstage::contract
