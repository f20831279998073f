// Conversations with the futures of an executor actor, on CAF's deterministic scheduler: after each
// move also what has not happened yet.

#include "tests/face/scripted_face.h"

#include <gtest/gtest.h>

#include <caf/event_based_actor.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/log_capture.h"

namespace offstage::testing {
namespace {

using namespace std::chrono_literals;

class ScriptedFutureTest : public scripted_face {
 protected:
  future_handle future_of_this_task;
};

TEST_F(ScriptedFutureTest, IsTheAnswerToASubmissionAfterTheExecutorsTurn) {
  bool ran = false;
  asked<future_handle> submission(system, desk, submit_task{prepare_call([&] { ran = true; })});
  EXPECT_FALSE(submission.answered());
  EXPECT_EQ(pool().waiting(), 0U);

  EXPECT_EQ(run(), 1U);
  ASSERT_TRUE(submission.answered());
  EXPECT_EQ(pool().waiting(), 1U);
  EXPECT_FALSE(ran);
  EXPECT_EQ(state_of(*submission), future_state::waiting);

  pool().run_next();
  EXPECT_TRUE(ran);
  // A worker changes nothing at home.
  asked<future_state> state(system, *submission, get_state{});
  EXPECT_FALSE(state.answered());
  run();
  EXPECT_EQ(*state, future_state::completed);
}

TEST_F(ScriptedFutureTest, TellsItsSubscriberEachStateInTheExecutorsTurns) {
  listener watcher(system);
  const auto future = submit(prepare_call([&] {
    // Started, says the worker; the executor does not know yet.
    EXPECT_EQ(watcher.heard(), words{});
    EXPECT_FALSE(idle());
    run();
    EXPECT_EQ(watcher.heard(), words{"executing, started"});
    return 144;
  }));
  caf::anon_send(future, subscribe{watcher.handle()});
  EXPECT_EQ(watcher.heard(), words{});
  run();
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  EXPECT_TRUE(idle());

  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(watcher.heard(), words{"completed, returned"});
  EXPECT_EQ(watcher.last().result<int>(), 144);

  // Nothing follows the final message.
  caf::anon_send(future, cancel_task{});
  run();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(state_of(future), future_state::completed);
}

TEST_F(ScriptedFutureTest, TellsWhatCameInOneTurnInTheOrderSent) {
  listener watcher(system);
  const auto future = submit(prepare_call([] { return 1; }));
  subscribe_to(future, watcher);
  watcher.heard();
  pool().run_next();
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(watcher.heard(), (words{"executing, started", "completed, returned"}));
}

TEST_F(ScriptedFutureTest, TellsALateSubscriberThePresentState) {
  std::optional<future_handle> future;
  const auto present = [&] {
    listener late(system);
    subscribe_to(*future, late);
    return late.heard();
  };
  future = submit(prepare_call([&] { EXPECT_EQ(present(), words{"executing, started"}); }));
  EXPECT_EQ(present(), words{"waiting"});
  pool().run_next();
  run();
  EXPECT_EQ(present(), words{"completed, returned"});

  future = submit(prepare_call([&] {
    caf::anon_send(*future, cancel_task{});
    EXPECT_EQ(present(), words{"cancelling"});
  }));
  pool().run_next();
  run();
  EXPECT_EQ(present(), words{"cancelled"});

  future = submit(prepare_call([] { throw std::domain_error("why"); }));
  pool().run_next();
  run();
  EXPECT_EQ(present(), words{"failed, raised"});
}

// One that is done does not change any more, so it needs no executor to say what it is.
TEST_F(ScriptedFutureTest, AnswersWithoutATurnOnceItIsDone) {
  const auto future = submit(prepare_call([] { return 5; }));
  pool().run_next();
  run();
  listener late(system);
  caf::anon_send(future, subscribe{late.handle()});
  EXPECT_EQ(late.heard(), words{"completed, returned"});
  EXPECT_EQ(late.last().result<int>(), 5);
  asked<future_state> state(system, future, get_state{});
  EXPECT_EQ(*state, future_state::completed);
  EXPECT_TRUE(idle());
}

TEST_F(ScriptedFutureTest, TellsAnActorOnceForEachSubscription) {
  listener watcher(system);
  const auto future = submit(prepare_call([] { return 1; }));
  subscribe_to(future, watcher);
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  subscribe_to(future, watcher);
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  pool().run_next();
  run();
  EXPECT_EQ(watcher.heard(), (words{"executing, started", "executing, started",
                                    "completed, returned", "completed, returned"}));
}

TEST_F(ScriptedFutureTest, IsNotHarmedByASubscriberThatDied) {
  listener watcher(system);
  std::optional<listener> dying(system);
  const auto future = submit(prepare_call([&] {
    run();
    EXPECT_EQ(dying->heard(), words{"executing, started"});
    dying.reset();
  }));
  subscribe_to(future, *dying);
  EXPECT_EQ(dying->heard(), words{"waiting"});
  subscribe_to(future, watcher);
  pool().run_next();
  run();
  EXPECT_EQ(watcher.heard(), (words{"waiting", "executing, started", "completed, returned"}));
  EXPECT_EQ(state_of(desk), executor_state::running);
}

TEST_F(ScriptedFutureTest, NeverRunsATaskThatIsCancelledWhileItWaits) {
  bool ran = false;
  listener watcher(system);
  const auto future = submit(prepare_call([&] { ran = true; }));
  subscribe_to(future, watcher);
  watcher.heard();

  caf::anon_send(future, cancel_task{});
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(pool().waiting(), 1U);
  // The pool abandons it within the turn, and what it says of that is heard in the same one.
  run_once();
  EXPECT_EQ(pool().waiting(), 0U);
  EXPECT_EQ(watcher.heard(), (words{"cancelling", "cancelled"}));
  run();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_FALSE(ran);
}

TEST_F(ScriptedFutureTest, EndsCancelledWhateverATaskDoesThatIsCancelledWhileItRuns) {
  for (const bool throws : {false, true}) {
    listener watcher(system);
    std::optional<future_handle> future;
    future = submit(prepare_call([&](std::stop_token token) {
      run();
      EXPECT_EQ(watcher.heard(), (words{"waiting", "executing, started"}));
      caf::anon_send(*future, cancel_task{});
      EXPECT_FALSE(token.stop_requested());
      run();
      EXPECT_TRUE(token.stop_requested());
      EXPECT_EQ(watcher.heard(), words{"cancelling"});
      caf::anon_send(*future, cancel_task{});
      run();
      EXPECT_EQ(watcher.heard(), words{});
      if (throws) throw std::domain_error("why");
    }));
    subscribe_to(*future, watcher);
    pool().run_next();
    EXPECT_EQ(watcher.heard(), words{});
    run();
    EXPECT_EQ(watcher.heard(), words{"cancelled"});
    EXPECT_THROW(watcher.last().why(), malformed_message);
    EXPECT_EQ(state_of(*future), future_state::cancelled);
  }
}

// The worker has sent its final message, and home has asked for the end: what comes first counts.
TEST_F(ScriptedFutureTest, TakesACancelAndAnEndInTheOrderOfTheirComing) {
  listener watcher(system);
  const auto late = submit(prepare_call([] {}));
  subscribe_to(late, watcher);
  pool().run_next();
  caf::anon_send(late, cancel_task{});
  run();
  EXPECT_EQ(watcher.heard(), (words{"waiting", "executing, started", "completed, returned"}));

  const auto early = submit(prepare_call([] {}));
  subscribe_to(early, watcher);
  caf::anon_send(early, cancel_task{});
  pool().run_next();
  run();
  EXPECT_EQ(watcher.heard(), (words{"waiting", "cancelling", "cancelled"}));
}

TEST_F(ScriptedFutureTest, TellsWhatATaskThrew) {
  listener watcher(system);
  const auto future = submit(prepare_call([] { throw std::domain_error("why"); }));
  subscribe_to(future, watcher);
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  run();
  EXPECT_EQ(watcher.heard(), (words{"executing, started", "failed, raised"}));
  EXPECT_EQ(watcher.last().why().what, "why");
  EXPECT_THROW(watcher.last().result<int>(), not_done);
  EXPECT_EQ(state_of(desk), executor_state::running);
}

TEST_F(ScriptedFutureTest, CountsAsLookedAtByActorsThatWereShownItsFailure) {
  log_capture log;
  const auto fail = [&] { return submit(prepare_call([] { throw std::domain_error("why"); })); };
  const auto end = [&] {
    pool().run_next();
    run();
  };
  {
    listener watcher(system);
    subscribe_to(fail(), watcher);
    end();
    EXPECT_EQ(watcher.heard(), (words{"waiting", "executing, started", "failed, raised"}));
  }
  {
    const auto future = fail();
    end();
    EXPECT_EQ(state_of(future), future_state::failed);
  }
  EXPECT_EQ(log.count("nobody looked at it"), 0);
  fail();
  end();
  EXPECT_EQ(log.count("nobody looked at it"), 1);
}

TEST_F(ScriptedFutureTest, TellsItemsBetweenStartAndEnd) {
  listener watcher(system);
  const auto future = submit(prepare_iteration([&]() -> generator<int> {
    co_yield 1;
    EXPECT_EQ(watcher.heard(), words{});
    run();
    EXPECT_EQ(watcher.heard(), (words{"executing, started", "executing, generated 1"}));
    co_yield 2;
    co_yield 3;
    EXPECT_EQ(watcher.heard(), words{});
  }));
  subscribe_to(future, watcher);
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(watcher.heard(),
            (words{"executing, generated 2", "executing, generated 3", "completed, returned"}));
}

TEST_F(ScriptedFutureTest, TellsReportsInOrderAndNoneAfterACancel) {
  listener watcher(system);
  std::optional<future_handle> future;
  future = submit(prepare_progress({}, [&](progress<int>& report) {
    report(1);
    caf::anon_send(*future, cancel_task{});
    report(2);  // The cancel stands in the inbox, behind the first report.
    EXPECT_EQ(watcher.heard(), words{});
    run();
    EXPECT_EQ(watcher.heard(),
              (words{"executing, started", "executing, progressed 1", "cancelling"}));
    EXPECT_THROW(report(3), task_cancelled);
  }));
  subscribe_to(*future, watcher);
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  pool().run_next();
  run();
  EXPECT_EQ(watcher.heard(), words{"cancelled"});
}

TEST_F(ScriptedFutureTest, TellsOnlyTheLatestReportOfThoseThatCameInOneTurn) {
  listener watcher(system);
  const auto future =
      submit(prepare_progress({.deliver = delivery::latest_value}, [&](progress<int>& report) {
        report(1);
        report(2);
        run();
        report(3);
        report(4);
      }));
  subscribe_to(future, watcher);
  pool().run_next();
  EXPECT_EQ(watcher.heard(), (words{"waiting", "executing, started", "executing, progressed 2"}));
  run();
  EXPECT_EQ(watcher.heard(), (words{"executing, progressed 4", "completed, returned"}));
}

// However long it does not listen, there is one update for it, and in that one is the newest value.
TEST_F(ScriptedFutureTest, KeepsOneLatestValueForASubscriberThatDoesNotListen) {
  constexpr int many = 100;
  listener slow(system);
  listener quick(system);
  int heard = 0;
  const auto future =
      submit(prepare_progress({.deliver = delivery::latest_value}, [&](progress<int>& report) {
        for (int i = 1; i <= many; ++i) {
          report(i);
          run();
          heard += static_cast<int>(quick.heard().size());
        }
      }));
  subscribe_to(future, slow);
  subscribe_to(future, quick);
  quick.heard();
  pool().run_next();
  EXPECT_EQ(heard, many + 1);
  run();
  EXPECT_EQ(slow.heard(), (words{"waiting", "executing, started", "executing, progressed 100",
                                 "completed, returned"}));
  EXPECT_EQ(quick.heard(), words{"completed, returned"});
}

TEST_F(ScriptedFutureTest, TellsTheNextLatestValueOnceTheOneBeforeWasLookedInto) {
  listener watcher(system);
  std::vector<future_update> kept;
  const auto keep = [&](const future_update& update) { kept.push_back(update); };
  const auto future =
      submit(prepare_progress({.deliver = delivery::latest_value}, [&](progress<int>& report) {
        const auto say = [&](int value) {
          report(value);
          run();
          return watcher.take(keep);
        };
        run();
        EXPECT_EQ(watcher.heard(), words{"executing, started"});
        EXPECT_EQ(say(1), 1U);  // Kept, and not looked into.
        EXPECT_EQ(say(2), 0U);
        EXPECT_EQ(say(3), 0U);
        const auto copy = kept.back();
        EXPECT_EQ(kept.back().value<int>(), 3);
        EXPECT_EQ(say(4), 1U);
        EXPECT_EQ(copy.value<int>(), 3);
        EXPECT_EQ(kept[0].value<int>(), 3);
        EXPECT_EQ(say(5), 0U);
        kept.pop_back();  // Never looked into.
        EXPECT_EQ(say(6), 1U);
        EXPECT_EQ(kept.back().value<int>(), 6);
      }));
  subscribe_to(future, watcher);
  watcher.heard();
  pool().run_next();
  run();
  EXPECT_EQ(watcher.heard(), words{"completed, returned"});
}

TEST_F(ScriptedFutureTest, KeepsTheLatestStepForASubscriberThatDoesNotListen) {
  listener watcher(system);
  std::vector<future_update> kept;
  const auto future = submit(
      prepare_steps({.total = 9, .deliver = delivery::latest_value}, [&](steps_reporter& steps) {
        steps.step("first");
        run();
        watcher.take([&](const future_update& update) { kept.push_back(update); });
        steps.step("second");
        run();
        steps.step("third");
        run();
      }));
  subscribe_to(future, watcher);
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept.back().kind(), state_message_kind::stepped);
  EXPECT_EQ(kept.back().step().message, "third");
  EXPECT_EQ(kept.back().step().total, 9U);
  run();
  EXPECT_EQ(watcher.heard(), words{"completed, returned"});
}

TEST_F(ScriptedFutureTest, HoldsWhatASubscriberHasNotTakenAndRepaysItWithTheSubscriber) {
  std::optional<listener> slow(system);
  int reported = 0;
  const auto future = submit(prepare_progress({}, [&](progress<int>& report) {
    for (; reported < static_cast<int>(credit::messages_max) - 1; ++reported) report(reported);
    run();
    // All of them are in the subscriber's mailbox. They come back with it, and nobody is held.
    slow.reset();
    for (int i = 0; i < static_cast<int>(credit::messages_max); ++i, ++reported) report(reported);
  }));
  subscribe_to(future, *slow);
  pool().run_next();
  run();
  EXPECT_EQ(reported, 2 * static_cast<int>(credit::messages_max) - 1);
  EXPECT_EQ(state_of(future), future_state::completed);
}

TEST_F(ScriptedFutureTest, TellsNothingMoreToOneThatUnsubscribed) {
  listener watcher(system);
  listener other(system);
  const auto future = submit(prepare_iteration([&]() -> generator<int> {
    co_yield 1;
    run();
    EXPECT_EQ(watcher.heard(), (words{"waiting", "executing, started", "executing, generated 1"}));
    caf::anon_send(future_of_this_task, unsubscribe{watcher.handle()});
    co_yield 2;
  }));
  future_of_this_task = future;
  subscribe_to(future, watcher);
  subscribe_to(future, other);
  pool().run_next();
  run();
  EXPECT_EQ(watcher.heard(), words{});
  EXPECT_EQ(other.heard(), (words{"waiting", "executing, started", "executing, generated 1",
                                  "executing, generated 2", "completed, returned"}));
  // One that is done, and one that has not subscribed: nothing happens.
  caf::anon_send(future, unsubscribe{other.handle()});
  run();
  EXPECT_EQ(state_of(future), future_state::completed);
}

TEST_F(ScriptedFutureTest, EndsAllSubscriptionsOfAnActorAtOnce) {
  listener watcher(system);
  const auto future = submit(prepare_call([] {}));
  subscribe_to(future, watcher);
  subscribe_to(future, watcher);
  EXPECT_EQ(watcher.heard(), (words{"waiting", "waiting"}));
  caf::anon_send(future, unsubscribe{watcher.handle()});
  pool().run_next();
  run();
  EXPECT_EQ(watcher.heard(), words{});
}

// One that waits for nothing but a task is there when the task ends, whoever else has forgotten it.
TEST_F(ScriptedFutureTest, KeepsItsSubscribersAliveUntilItIsDone) {
  auto ends = std::make_shared<int>(0);
  const auto future = submit(prepare_call([] {}));
  caf::weak_actor_ptr alive;
  {
    const auto waiting = system.spawn(
        [](caf::event_based_actor*, const std::shared_ptr<int>& counted) -> caf::behavior {
          return {[counted](const future_update& update) {
            *counted += is_done(update.state) ? 1 : 0;
          }};
        },
        ends);
    alive = caf::actor_cast<caf::weak_actor_ptr>(waiting);
    caf::anon_send(future, subscribe{waiting});
  }
  run();
  EXPECT_TRUE(alive.lock());
  pool().run_next();
  run();
  EXPECT_EQ(*ends, 1);
  EXPECT_FALSE(alive.lock());
}

TEST_F(ScriptedFutureTest, SaysInWordsWhichTypeWasExpectedAndFound) {
  listener watcher(system);
  const auto future = submit(prepare_iteration([] { return std::vector<double>{1.5}; }));
  subscribe_to(future, watcher);
  pool().run_next();
  run();
  std::string text;
  watcher.take([&](const future_update& update) {
    if (update.words.empty() || update.kind() != state_message_kind::generated) return;
    try {
      update.value<int>();
    } catch (const not_done& wrong) {
      text = wrong.what();
    }
  });
  EXPECT_EQ(text, "future_update::value: expected a value of type int, found one of type double");
}

TEST_F(ScriptedFutureTest, TellsStepsInOrder) {
  listener watcher(system);
  const auto future = submit(prepare_steps({.total = 2}, [](steps_reporter& steps) {
    steps.step("first");
    steps.step("second");
  }));
  subscribe_to(future, watcher);
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  run();
  EXPECT_EQ(watcher.heard(), (words{"executing, started", "executing, stepped",
                                    "executing, stepped", "completed, returned"}));
}

TEST_F(ScriptedFutureTest, EndsForMonitorsAfterTheFinalMessageAndWithItsReason) {
  listener watcher(system);
  const auto watched = [&](future_handle future) {
    watcher->monitor(future);
    subscribe_to(future, watcher);
    EXPECT_EQ(watcher.heard(), words{"waiting"});
    return future;
  };
  watched(submit(prepare_call([] {})));
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  run();
  EXPECT_EQ(watcher.heard(), (words{"executing, started", "completed, returned", "down, normal"}));

  watched(submit(prepare_call([] { throw std::domain_error("why"); })));
  pool().run_next();
  EXPECT_EQ(watcher.heard(), words{});
  run();
  EXPECT_EQ(watcher.heard(), (words{"executing, started", "failed, raised",
                                    "down, exit_reason(unhandled_exception)"}));

  caf::anon_send(watched(submit(prepare_call([] {}))), cancel_task{});
  EXPECT_EQ(watcher.heard(), words{});
  run();
  EXPECT_EQ(watcher.heard(),
            (words{"cancelling", "cancelled", "down, exit_reason(user_shutdown)"}));
  EXPECT_EQ(state_of(desk), executor_state::running);
}

TEST_F(ScriptedFutureTest, EndsForLinksOnceAlsoForThoseWhoComeLate) {
  listener linked(system);
  const auto future = submit(prepare_call([] {}));
  linked->link_to(future);
  pool().run_next();
  EXPECT_EQ(linked.heard(), words{});
  run();
  EXPECT_EQ(linked.heard(), words{"exit, normal"});

  listener late(system);
  late->link_to(future);
  EXPECT_EQ(late.heard(), words{"exit, normal"});
  late->monitor(future);
  EXPECT_EQ(late.heard(), words{"down, normal"});
  EXPECT_EQ(linked.heard(), words{});
  EXPECT_TRUE(idle());
}

// Links to a future tell of its end; they do not carry an end to it.
TEST_F(ScriptedFutureTest, OutlivesTheActorsThatLinkedIt) {
  listener watcher(system);
  const auto future = submit(prepare_call([] { return 1; }));
  subscribe_to(future, watcher);
  {
    listener linked(system);
    linked->link_to(future);
  }
  caf::anon_send_exit(future, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(watcher.heard(), words{"waiting"});
  pool().run_next();
  run();
  EXPECT_EQ(watcher.heard(), (words{"executing, started", "completed, returned"}));
}

TEST_F(ScriptedFutureTest, RefusesMessagesThatItDoesNotKnow) {
  const auto future = submit(prepare_call([] {}));
  asked<int> question(system, caf::actor_cast<caf::actor>(future), std::string("who are you?"));
  EXPECT_FALSE(question.answered());
  run();
  EXPECT_EQ(question.refusal(), caf::make_error(caf::sec::unexpected_message));
}

TEST_F(ScriptedFutureTest, AnswersRequestsForWhichThereIsNothingToSay) {
  listener watcher(system);
  const auto future = submit(prepare_call([] {}));
  auto subscribing = ask<int>(future, subscribe{watcher.handle()});
  auto unsubscribing = ask<int>(future, unsubscribe{watcher.handle()});
  auto cancelling = ask<int>(future, cancel_task{});
  EXPECT_FALSE(cancelling.answered());
  run();
  EXPECT_FALSE(subscribing.refusal());
  EXPECT_FALSE(unsubscribing.refusal());
  EXPECT_FALSE(cancelling.refusal());
  auto late = ask<int>(future, cancel_task{});
  EXPECT_FALSE(late.refusal());
}

// An actor that does what it does in the thread of whoever sends to it: here at home.
class inline_listener final : public caf::monitorable_actor {
 public:
  using call = std::function<void(const future_update&)>;

  inline_listener(caf::actor_config& config, call hears)
      : caf::monitorable_actor(config), hears_(std::move(hears)) {}

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    const auto& content = element->content();
    if (content.match_elements<future_update>()) hears_(content.get_as<future_update>(0));
  }

 private:
  const call hears_;
};

class NestedLoopTest : public ScriptedFutureTest {
 protected:
  // Has `to` tell a new actor, which runs the loop until the end of `until` at the first update of
  // this state.
  template <class Future>
  void run_loop_at(future_state state, const Future& to, const Future& until) {
    caf::actor_config config;
    auto hears = [=, this, first = true](const future_update& update) mutable {
      if (update.state == state && std::exchange(first, false)) loop.run_until(until, 10s);
    };
    const auto actor = caf::make_actor<inline_listener, caf::actor>(
        system.next_actor_id(), system.node(), &system, config, hears);
    caf::anon_send(actor_of(to), subscribe{actor});
    loop.run_until([] { return false; }, 0s);
  }

  manual_loop loop;
  executor plain{loop, context};
};

TEST_F(NestedLoopTest, InASubscriberMayEndTheFutureThatTellsIt) {
  auto future = submit_iteration(plain, [] { return std::vector<std::string>(2, "an item"); });
  for (int i = 0; i < 3; ++i) run_loop_at(future_state::executing, future, future);
  pool().run_next();
  EXPECT_TRUE(loop.run_until(future, 10s));
  EXPECT_EQ(future.state(), future_state::completed);
}

TEST_F(NestedLoopTest, InASubscriberMayEndTheFutureThatIsCancelled) {
  auto future = submit_call(plain, [] {});
  run_loop_at(future_state::cancelling, future, future);
  pool().run_next();
  future.cancel();
  EXPECT_EQ(future.state(), future_state::cancelled);
}

TEST_F(NestedLoopTest, InASubscriberGoesOnWithWhatHasArrived) {
  auto first = submit_call(plain, [] {});
  auto second = submit_call(plain, [] {});
  run_loop_at(future_state::completed, first, second);
  pool().run_next();
  pool().run_next();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(loop.run_until(first, 10s));
  EXPECT_TRUE(second.done());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

// Two actors that work at home: the first one runs a loop while it is told of the begin.
TEST_F(NestedLoopTest, InASubscriberTellsTheOthersOfTheBeginBeforeTheEnd) {
  auto future = submit_call(plain, [] { return 1; });
  run_loop_at(future_state::executing, future, future);
  std::vector<future_state> heard;
  caf::actor_config config;
  const auto second = caf::make_actor<inline_listener, caf::actor>(
      system.next_actor_id(), system.node(), &system, config,
      [&heard](const future_update& update) { heard.push_back(update.state); });
  caf::anon_send(actor_of(future), subscribe{second});
  pool().run_next();
  EXPECT_TRUE(loop.run_until(future, 10s));
  EXPECT_EQ(heard,
            (std::vector{future_state::waiting, future_state::executing, future_state::completed}));
}

// An actor that works at home when it is told of an end, and runs a loop there.
TEST_F(NestedLoopTest, InAMonitorGoesOnWithWhatHasArrived) {
  auto first = submit_call(plain, [] {});
  auto second = submit_call(plain, [] {});
  bool ended = false;
  actor_of(first)->attach_functor([&](const caf::error&) { ended = loop.run_until(second, 10s); });
  pool().run_next();
  pool().run_next();
  EXPECT_TRUE(loop.run_until(first, 10s));
  EXPECT_TRUE(ended);
}

// The home of a future of the plain face is a loop, which may be gone before a message arrives.
TEST_F(ScriptedFutureTest, AnswersRequestsAlsoWhenItsHomeIsGone) {
  auto loop = std::make_unique<manual_loop>();
  auto plain = std::make_unique<executor>(*loop, context);
  const auto future = actor_of(submit_call(*plain, [] {}));
  auto served = ask<future_state>(future, get_state{});
  EXPECT_FALSE(served.answered());
  EXPECT_TRUE(loop->run_until([&] { return served.answered(); }, 0s));
  EXPECT_EQ(*served, future_state::waiting);

  auto waiting = ask<future_state>(future, get_state{});
  loop = nullptr;
  auto late = ask<future_state>(future, get_state{});
  EXPECT_EQ(late.refusal(), caf::make_error(caf::sec::request_receiver_down));
  plain = nullptr;
  EXPECT_TRUE(waiting.answered());
  auto done = ask<future_state>(future, get_state{});
  EXPECT_EQ(*done, future_state::cancelled);
}

}  // namespace
}  // namespace offstage::testing
