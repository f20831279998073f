// The contract of contexts, with threads of this process.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "actors/context/ending.h"
#include "actors/offstage.h"
#include "tests/contract/context_rows.h"
#include "tests/contract/guard.h"
#include "tests/contract/router_rows.h"
#include "tests/support/log_capture.h"

namespace offstage::contract {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Threads, ContextRows, multithreading_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Threads, BusyContextRows, multithreading_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Threads, RouterRows, context_routers<multithreading_context>);

// Without a loop there is no home whose turn could decide who ends it.
TEST(EndingContextTest, MayGoWhileAnotherThreadLetsGoOfItsExecutor) {
  const testing::log_capture log(log_level::off);
  for (int round = 0; round < 100; ++round) {
    auto loop = std::make_unique<manual_loop>();
    std::optional<multithreading_context> context(std::in_place);
    std::optional<executor> user(std::in_place, *loop,
                                 executor_options{.context = &*context, .worker_count = 2});
    std::vector<call_future<void>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(submit_call(*user, [] {}));
    loop = nullptr;
    std::atomic<bool> go{false};
    std::thread other([&] {
      while (!go) continue;
      user.reset();
    });
    go = true;
    context.reset();
    other.join();
    for (const auto& each : futures) ASSERT_TRUE(each.done());
  }
}

// The two seconds of a context that waited for a task are not taken from what ends much later.
TEST(EndingContextTest, LeavesTheirTimeToThoseThatEndAfterATurn) {
  const testing::log_capture log;
  manual_loop loop;
  std::optional<executor> other(std::in_place, loop);
  const auto go = other->context().make_event();
  auto open = submit_call(*other, [go] { go.wait(); });
  std::optional<multithreading_context> context(std::in_place);
  executor user{loop, *context};
  const auto begun = context->make_event();
  const auto release = context->make_event();
  submit_call(user, [begun, release] {
    begun.set();
    release.wait();
  });
  ASSERT_TRUE(begun.wait_for(contract::guard));
  context.reset();
  EXPECT_EQ(log.count("left alone"), 1);
  loop.run_until([] { return false; }, std::chrono::nanoseconds(0));
  const ending next;
  EXPECT_GT(next.until(), ending::clock::now() + ending::time / 2);
  go.set();
  release.set();
  ASSERT_TRUE(loop.run_until(open, contract::guard));
}

}  // namespace
}  // namespace offstage::contract
