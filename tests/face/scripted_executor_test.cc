// Conversations with an executor actor, and how it ends, on CAF's deterministic scheduler: after
// each move also what has not happened yet.

#include "tests/face/scripted_face.h"

#include <gtest/gtest.h>

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/log_capture.h"

namespace offstage::testing {
namespace {

using namespace std::chrono_literals;

class ScriptedExecutorTest : public scripted_face {};

TEST_F(ScriptedExecutorTest, IsStoppedOnceItsLastTaskHasEnded) {
  listener watcher(system);
  listener owner(system);
  subscribe_to(desk, watcher);
  // Unlike a future, an executor does not tell its present state.
  EXPECT_EQ(watcher.heard(), words{});
  const auto running = submit(prepare_call([&] {
    const auto waiting = submit(prepare_call([] { ADD_FAILURE(); }));
    subscribe_to(waiting, owner);
    EXPECT_EQ(owner.heard(), words{"waiting"});
    caf::anon_send(desk, stop_executor{});
    EXPECT_EQ(watcher.heard(), words{});
    run();
    EXPECT_EQ(watcher.heard(), words{"stopping"});
    EXPECT_EQ(owner.heard(), (words{"cancelling", "cancelled"}));
    EXPECT_EQ(pool().waiting(), 0U);
    EXPECT_EQ(state_of(desk), executor_state::stopping);
  }));
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_FALSE(pool().closed());
  run();
  EXPECT_EQ(watcher.heard(), words{"stopped"});
  EXPECT_TRUE(pool().closed());
  EXPECT_EQ(state_of(running), future_state::cancelled);
  EXPECT_EQ(state_of(desk), executor_state::stopped);
}

TEST_F(ScriptedExecutorTest, IgnoresAStopUnlessItRuns) {
  listener watcher(system);
  subscribe_to(desk, watcher);
  caf::anon_send(desk, stop_executor{});
  run();
  EXPECT_EQ(watcher.heard(), (words{"stopping", "stopped"}));
  caf::anon_send(desk, stop_executor{});
  run();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(state_of(desk), executor_state::stopped);
}

TEST_F(ScriptedExecutorTest, RefusesTasksAfterAStop) {
  asked<future_handle> before(system, desk, submit_task{prepare_call([] {})});
  caf::anon_send(desk, stop_executor{});
  asked<future_handle> after(system, desk, submit_task{prepare_call([] { ADD_FAILURE(); })});
  EXPECT_FALSE(after.answered());
  run();
  EXPECT_EQ(after.refusal(), caf::make_error(caf::sec::request_receiver_down));
  EXPECT_EQ(state_of(*before), future_state::cancelled);
  EXPECT_EQ(pool().waiting(), 0U);
}

TEST_F(ScriptedExecutorTest, RefusesATaskThatWasSubmittedBeforeAndNone) {
  const task once = prepare_call([] {});
  submit(once);
  asked<future_handle> again(system, desk, submit_task{once});
  asked<future_handle> none(system, desk, submit_task{});
  auto prepared = prepare_call([] {});
  const auto moved = std::move(prepared);
  asked<future_handle> gone(system, desk, submit_task{std::move(prepared)});
  run();
  EXPECT_EQ(gone.refusal(), caf::make_error(caf::sec::invalid_argument));
  EXPECT_EQ(again.refusal(), caf::make_error(caf::sec::invalid_argument));
  EXPECT_EQ(none.refusal(), caf::make_error(caf::sec::invalid_argument));
  EXPECT_EQ(pool().waiting(), 1U);
  EXPECT_EQ(state_of(desk), executor_state::running);
}

TEST_F(ScriptedExecutorTest, RefusesTasksThatItsPoolRefuses) {
  pool().close();
  asked<future_handle> refused(system, desk, submit_task{prepare_call([] {})});
  run();
  EXPECT_EQ(refused.refusal(), caf::make_error(caf::sec::request_receiver_down));
}

TEST_F(ScriptedExecutorTest, LivesOnWhenItsPoolCannotHaveThreads) {
  const auto open = submit(prepare_call([] { return 1; }));
  pool().have_threads(false);
  asked<future_handle> refused(system, desk, submit_task{prepare_call([] {})});
  run();
  EXPECT_EQ(refused.refusal(), caf::make_error(caf::sec::runtime_error));
  EXPECT_EQ(state_of(desk), executor_state::running);
  EXPECT_EQ(state_of(open), future_state::waiting);
  pool().have_threads(true);
  submit(prepare_call([] {}));
  EXPECT_EQ(pool().waiting(), 2U);
}

TEST_F(ScriptedExecutorTest, AnswersAShutdownWhenTheLastTaskHasEnded) {
  std::optional<asked<shutdown_result>> first;
  std::optional<asked<shutdown_result>> second;
  submit(prepare_call([&] {
    first.emplace(system, desk, shut_down{});
    second.emplace(system, desk, shut_down{1h});
    run();
    EXPECT_FALSE(first->answered());
    EXPECT_FALSE(second->answered());
    EXPECT_EQ(state_of(desk), executor_state::stopping);
  }));
  pool().run_next();
  EXPECT_FALSE(first->answered());
  run();
  EXPECT_TRUE((**first).stopped);
  EXPECT_EQ((**first).still_running, 0U);
  EXPECT_TRUE((**second).stopped);
  // One answer for each, also when the time of the second is up.
  schedule.advance_time(1h);
  run();
  EXPECT_TRUE(second->answered());

  auto late = ask<shutdown_result>(desk, shut_down{});
  EXPECT_FALSE(late.answered());
  run();
  EXPECT_TRUE((*late).stopped);
}

TEST_F(ScriptedExecutorTest, AnswersAShutdownWhenItsTimeIsUp) {
  std::optional<asked<shutdown_result>> bounded;
  std::optional<asked<shutdown_result>> patient;
  submit(prepare_call([&] {
    patient.emplace(system, desk, shut_down{});
    bounded.emplace(system, desk, shut_down{10ms});
    run();
    schedule.advance_time(9ms);
    run();
    EXPECT_FALSE(bounded->answered());
    schedule.advance_time(1ms);
    EXPECT_FALSE(bounded->answered());
    run();
    EXPECT_FALSE((**bounded).stopped);
    EXPECT_EQ((**bounded).still_running, 1U);
    EXPECT_FALSE(patient->answered());
  }));
  pool().run_next();
  EXPECT_FALSE(patient->answered());
  run();
  EXPECT_TRUE((**patient).stopped);
  EXPECT_TRUE(bounded->answered());
}

TEST_F(ScriptedExecutorTest, EndsTasksByForceAfterTheGraceOfAStop) {
  submit(prepare_call([&] {
    caf::anon_send(desk, stop_executor{5ms});
    run();
    EXPECT_EQ(pool().terminated_after(), std::vector<time_limit>{5ms});
    // One that stops already is told of another grace by a shutdown only.
    caf::anon_send(desk, stop_executor{1ms});
    const auto shut = ask<shutdown_result>(desk, shut_down{1h, 2ms});
    run();
    EXPECT_EQ(pool().terminated_after(), (std::vector<time_limit>{5ms, 2ms}));
  }));
  pool().run_next();
  run();
  EXPECT_EQ(state_of(desk), executor_state::stopped);
}

TEST_F(ScriptedExecutorTest, EndsNoTaskByForceWithoutAGrace) {
  submit(prepare_call([&] {
    caf::anon_send(desk, stop_executor{});
    const auto shut = ask<shutdown_result>(desk, shut_down{1h});
    run();
    EXPECT_TRUE(pool().terminated_after().empty());
  }));
  pool().run_next();
  run();
}

TEST_F(ScriptedExecutorTest, LetsGoOfWhoWasAnsweredThatTheTimeIsUp) {
  caf::scoped_actor asking(system);
  const auto holders = [&] { return asking->ctrl()->strong_refs.load(); };
  const auto before = holders();
  submit(prepare_call([&] {
    asking->request(desk, caf::infinite, shut_down{10ms});
    run();
    EXPECT_GT(holders(), before);
    schedule.advance_time(10ms);
    run();
    EXPECT_TRUE(asking->has_next_message());
    EXPECT_EQ(holders(), before);
  }));
  pool().run_next();
}

TEST_F(ScriptedExecutorTest, TakesALimitBeyondTheClocksEndAsForEver) {
  std::optional<asked<shutdown_result>> patient;
  std::optional<asked<shutdown_result>> endless;
  submit(prepare_call([&] {
    patient.emplace(system, desk, shut_down{std::chrono::nanoseconds::max()});
    endless.emplace(system, desk, shut_down{std::chrono::hours::max()});
    run();
    schedule.advance_time(1h);
    run();
    EXPECT_FALSE(patient->answered());
    EXPECT_FALSE(endless->answered());
  }));
  pool().run_next();
  run();
  EXPECT_TRUE((**patient).stopped);
  EXPECT_TRUE((**endless).stopped);
}

TEST_F(ScriptedExecutorTest, EndsAfterAnExitOnceItsTasksHaveEnded) {
  listener watcher(system);
  listener owner(system);
  watcher->monitor(desk);
  watcher->link_to(desk);
  const auto running = submit(prepare_call([&] {
    run();
    owner.heard();
    caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
    EXPECT_EQ(state_of(desk), executor_state::stopping);
    EXPECT_EQ(owner.heard(), words{"cancelling"});
    schedule.advance_time(1999ms);
    run();
    EXPECT_EQ(watcher.heard(), words{});
  }));
  subscribe_to(running, owner);
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  run();
  EXPECT_EQ(owner.heard(), words{"cancelled"});
  EXPECT_EQ(watcher.heard(),
            (words{"exit, exit_reason(user_shutdown)", "down, exit_reason(user_shutdown)"}));
}

TEST_F(ScriptedExecutorTest, LeavesATaskAloneThatIsNotDoneTwoSecondsAfterAnExit) {
  log_capture log;
  listener watcher(system);
  listener owner(system);
  watcher->monitor(desk);
  std::optional<asked<shutdown_result>> patient;
  const auto running = submit(prepare_call([&] {
    run();
    owner.heard();
    patient.emplace(system, desk, shut_down{});
    caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
    run();
    EXPECT_EQ(owner.heard(), words{"cancelling"});
    schedule.advance_time(2s);
    EXPECT_EQ(watcher.heard(), words{});
    run();
    EXPECT_EQ(watcher.heard(), words{"down, exit_reason(user_shutdown)"});
    EXPECT_EQ(owner.heard(), words{"cancelled"});
    EXPECT_FALSE((**patient).stopped);
    EXPECT_EQ((**patient).still_running, 1U);
  }));
  subscribe_to(running, owner);
  pool().run_next();
  // What the task says now nobody hears.
  EXPECT_TRUE(idle());
  EXPECT_EQ(owner.heard(), words{});
  EXPECT_EQ(state_of(running), future_state::cancelled);
  EXPECT_EQ(log.count("1 tasks still run"), 1);
}

TEST_F(ScriptedExecutorTest, EndsItsFuturesWhenItIsKilled) {
  log_capture log;
  listener watcher(system);
  listener owner(system);
  watcher->monitor(desk);
  subscribe_to(desk, watcher);
  std::optional<asked<shutdown_result>> patient;
  const auto running = submit(prepare_call([&](std::stop_token token) {
    run();
    EXPECT_EQ(owner.heard(), (words{"waiting", "executing, started"}));
    const auto waiting = submit(prepare_call([] { ADD_FAILURE(); }));
    subscribe_to(waiting, owner);
    EXPECT_EQ(owner.heard(), words{"waiting"});
    patient.emplace(system, desk, shut_down{});
    caf::anon_send_exit(desk, caf::exit_reason::kill);
    EXPECT_EQ(owner.heard(), words{});
    EXPECT_FALSE(token.stop_requested());
    run();
    EXPECT_TRUE(token.stop_requested());
    EXPECT_EQ(owner.heard(), (words{"cancelling", "cancelling", "cancelled", "cancelled"}));
    EXPECT_EQ(watcher.heard(), (words{"stopping", "stopped", "down, exit_reason(kill)"}));
    EXPECT_FALSE((**patient).stopped);
    EXPECT_EQ((**patient).still_running, 1U);
    EXPECT_EQ(state_of(waiting), future_state::cancelled);
  }));
  subscribe_to(running, owner);
  pool().run_next();
  EXPECT_TRUE(idle());
  EXPECT_EQ(owner.heard(), words{});
  EXPECT_EQ(state_of(running), future_state::cancelled);
  asked<future_handle> refused(system, desk, submit_task{prepare_call([] {})});
  EXPECT_EQ(refused.refusal(), caf::make_error(caf::sec::request_receiver_down));
}

TEST_F(ScriptedExecutorTest, EndsWithTheActorsThatItIsLinkedTo) {
  listener watcher(system);
  watcher->monitor(desk);
  const auto linked = system.spawn(
      [](caf::event_based_actor* self, const executor_handle& to) -> caf::behavior {
        self->link_to(to);
        return {[](int) {}};
      },
      desk);
  caf::anon_send_exit(linked, caf::exit_reason::user_shutdown);
  EXPECT_EQ(watcher.heard(), words{});
  run();
  EXPECT_EQ(watcher.heard(), words{"down, exit_reason(user_shutdown)"});
}

TEST_F(ScriptedExecutorTest, LivesOnWhenAnActorThatItIsLinkedToEndsNormally) {
  {
    caf::scoped_actor linked(system);
    linked->link_to(desk);
  }
  run();
  auto alive = ask<executor_state>(desk, get_state{});
  run();
  EXPECT_EQ(*alive, executor_state::running);
}

TEST_F(ScriptedExecutorTest, EndsWithItsLastHandle) {
  scripted_context own;
  auto other = spawn_executor(system, {.context = &own});
  listener watcher(system);
  subscribe_to(other, watcher);
  asked<future_handle> submission(system, other, submit_task{prepare_call([] { ADD_FAILURE(); })});
  run();
  subscribe_to(*submission, watcher);
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  EXPECT_EQ(own.pool().waiting(), 1U);
  other = nullptr;
  EXPECT_EQ(watcher.heard(), (words{"cancelling", "stopping", "cancelled", "stopped"}));
  EXPECT_EQ(own.pool().waiting(), 0U);
  EXPECT_TRUE(idle());
}

// A worker's wake-up may still be under way when the executor has taken its turn and is dropped by
// everybody: did the wake-up hold it, it would end in there, and its end waits for all wake-ups.
TEST_F(ScriptedExecutorTest, IsNotHeldByAWorkerThatWokeIt) {
  scripted_context own;
  const auto other = spawn_executor(system, {.context = &own});
  const auto* const counts = caf::actor_cast<caf::strong_actor_ptr>(other).get();
  listener watcher(system);
  asked<future_handle> submission(system, other, submit_task{prepare_call([] {})});
  run();
  subscribe_to(*submission, watcher);
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  EXPECT_EQ(counts->strong_refs, 1U);
  bool woken = false;
  schedule.after_next_enqueue([&] {
    woken = true;
    EXPECT_GT(counts->strong_refs, 1U);
    run();
    EXPECT_EQ(watcher.heard(), words{"executing, started"});
    EXPECT_EQ(counts->strong_refs, 1U);
  });
  own.pool().run_next();
  EXPECT_TRUE(woken);
  run();
  EXPECT_EQ(watcher.heard(), words{"completed, returned"});
}

TEST_F(ScriptedExecutorTest, StopsWhenItsContextGoes) {
  auto own = std::make_unique<scripted_context>();
  const auto other = spawn_executor(system, {.context = own.get()});
  run();
  listener watcher(system);
  subscribe_to(other, watcher);
  asked<future_handle> submission(system, other, submit_task{prepare_call([] {})});
  run();
  own = nullptr;
  EXPECT_EQ(watcher.heard(), words{});
  run();
  EXPECT_EQ(watcher.heard(), (words{"stopping", "stopped"}));
  EXPECT_EQ(state_of(*submission), future_state::cancelled);
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  run();
}

TEST_F(ScriptedExecutorTest, ThrowsAtItsCallerWhenItCannotBeMade) {
  EXPECT_THROW(
      spawn_executor(system, {.context = &context, .pool = context.make_pool(), .worker_count = 1}),
      invalid_options);
  scripted_context closed;
  closed.close();
  EXPECT_THROW(spawn_executor(system, {.context = &closed}), context_closed);
  EXPECT_TRUE(idle());
}

// One that nobody ever said anything to has nothing to do, and leaves nothing behind.
TEST_F(ScriptedExecutorTest, GoesWithItsLastHandle) {
  scripted_context own;
  auto unused = spawn_executor(system, {.context = &own});
  EXPECT_THROW(own.close(), context_in_use);
  unused = nullptr;
  EXPECT_TRUE(idle());
  own.close();
}

TEST_F(ScriptedExecutorTest, TakesOneMessageForAllThatCameBeforeItsTurn) {
  listener watcher(system);
  constexpr int tasks = 10;
  for (int i = 0; i < tasks; ++i) subscribe_to(submit(prepare_call([] {})), watcher);
  EXPECT_EQ(watcher.heard().size(), tasks);
  for (int i = 0; i < tasks; ++i) pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(watcher.heard().size(), 2 * tasks);

  // Requests of actors come the same way.
  const auto future = submit(prepare_call([] {}));
  for (int i = 0; i < tasks; ++i) caf::anon_send(future, subscribe{watcher.handle()});
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(watcher.heard().size(), tasks);
}

// A turn has its time, so a flood may take several; but none is taken for a single message.
TEST_F(ScriptedExecutorTest, TakesFewTurnsForAFlood) {
  listener watcher(system);
  constexpr std::size_t items = 1000;
  subscribe_to(submit(prepare_iteration([] { return std::vector<int>(items, 1); })), watcher);
  watcher.heard();
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_LE(run(), (items + 2) / 32 + 1);
  EXPECT_EQ(watcher.heard().size(), items + 2);
}

TEST_F(ScriptedExecutorTest, TellsNothingMoreToOneThatUnsubscribed) {
  listener watcher(system);
  listener other(system);
  subscribe_to(desk, watcher);
  subscribe_to(desk, other);
  caf::anon_send(desk, unsubscribe{watcher.handle()});
  caf::anon_send(desk, stop_executor{});
  run();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(other.heard(), (words{"stopping", "stopped"}));
}

TEST_F(ScriptedExecutorTest, DoesNotKeepItsSubscribersAlive) {
  caf::weak_actor_ptr alive;
  {
    const auto subscriber =
        system.spawn([](caf::event_based_actor*,
                        int) -> caf::behavior { return {[](const executor_update&) {}}; },
                     0);
    alive = caf::actor_cast<caf::weak_actor_ptr>(subscriber);
    caf::anon_send(desk, subscribe{subscriber});
    run();
    EXPECT_TRUE(alive.lock());
  }
  run();
  EXPECT_FALSE(alive.lock());
  caf::anon_send(desk, stop_executor{});
  run();
  EXPECT_EQ(state_of(desk), executor_state::stopped);
}

// Its last handle may be dropped in any thread; what belongs to home is left to home.
TEST_F(ScriptedExecutorTest, LeavesAnExecutorAtHomeWhereverItsActorIsDropped) {
  manual_loop loop;
  executor plain(loop, context);
  listener watcher(system);
  auto bridge = actor_of(plain);
  caf::anon_send(bridge, subscribe{watcher.handle()});
  loop.run_until([] { return false; }, 0s);
  std::thread([&] { bridge = nullptr; }).join();
  // Home has not taken a turn, so the subscription is still there.
  plain.stop();
  EXPECT_EQ(watcher.heard(), (words{"stopping", "stopped"}));
}

TEST_F(ScriptedExecutorTest, AnswersAShutdownWhoeverHoldsItsActor) {
  manual_loop loop;
  executor plain(loop, context);
  auto call = submit_call(plain, [] {});
  auto patient = ask<shutdown_result>(actor_of(plain), shut_down{});
  loop.run_until(call, 0s);
  ASSERT_TRUE(patient.answered());
  EXPECT_TRUE((*patient).stopped);
}

TEST_F(ScriptedExecutorTest, TellsNobodyOnceItsActorWasDropped) {
  manual_loop loop;
  executor plain(loop, context);
  listener watcher(system);
  auto bridge = actor_of(plain);
  caf::anon_send(bridge, subscribe{watcher.handle()});
  loop.run_until([] { return false; }, 0s);
  bridge = nullptr;
  loop.run_until([] { return false; }, 0s);
  plain.stop();
  EXPECT_EQ(watcher.heard(), words{});
}

TEST_F(ScriptedExecutorTest, AnswersRequestsForWhichThereIsNothingToSay) {
  listener watcher(system);
  manual_loop loop;
  executor plain(loop, context);
  for (const auto& each : {desk, actor_of(plain)}) {
    auto subscribing = ask<int>(each, subscribe{watcher.handle()});
    auto unsubscribing = ask<int>(each, unsubscribe{watcher.handle()});
    auto stopping = ask<int>(each, stop_executor{});
    EXPECT_FALSE(stopping.answered());
    run();
    loop.run_until([] { return false; }, 0s);
    EXPECT_FALSE(subscribing.refusal());
    EXPECT_FALSE(unsubscribing.refusal());
    EXPECT_FALSE(stopping.refusal());
  }
}

// The home of an executor of the plain face is a loop, which may be gone before a message arrives.
TEST_F(ScriptedExecutorTest, IsAnsweredForByItsActorWhenItsHomeIsGone) {
  auto loop = std::make_unique<manual_loop>();
  auto plain = std::make_unique<executor>(*loop, context);
  const auto bridge = actor_of(*plain);
  auto served = ask<executor_state>(bridge, get_state{});
  EXPECT_FALSE(served.answered());
  EXPECT_TRUE(loop->run_until([&] { return served.answered(); }, 0s));
  EXPECT_EQ(*served, executor_state::running);

  plain = nullptr;
  auto waiting = ask<executor_state>(bridge, get_state{});
  EXPECT_FALSE(waiting.answered());
  loop = nullptr;
  EXPECT_EQ(waiting.refusal(), caf::make_error(caf::sec::request_receiver_down));
  auto late = ask<executor_state>(bridge, get_state{});
  EXPECT_EQ(late.refusal(), caf::make_error(caf::sec::request_receiver_down));
}

}  // namespace
}  // namespace offstage::testing
