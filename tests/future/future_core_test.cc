// What a future does with messages that no honest task sends.

#include "actors/future/future_core.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/loop/manual_loop.h"
#include "actors/router/router.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

// A task whose messages are written by the test.
class silent_record final : public task_record {
 public:
  void forget_result() noexcept override { ++forgotten; }
  int forgotten = 0;

 protected:
  payload invoke() override { return {}; }
  void forget_body() noexcept override {}
};

class FutureCoreTest : public ::testing::Test {
 protected:
  FutureCoreTest() {
    messages.start();
    port = messages.open_pipe(future);
    port.start();
  }
  ~FutureCoreTest() override { messages.stop(); }

  void send(flat_message words) { port.send({std::move(words), nullptr}); }
  void deliver() {
    loop.run_until([] { return false; }, std::chrono::milliseconds(1));
  }

  testing::log_capture log;
  manual_loop loop;
  router messages{loop};
  ref<silent_record> record{new silent_record};
  ref<future_core> future = make_future(record, nullptr);
  sender port;
};

// D13.
TEST_F(FutureCoreTest, FailsWithKindProtocolAtAMessageThatMustNotCome) {
  std::vector<future_state> seen;
  future->observe(future_event::state, [&](future_core& core) { seen.push_back(core.state()); });
  send(make_returned({record->id(), 0}, {}));
  deliver();
  EXPECT_EQ(seen, (std::vector{future_state::failed}));
  EXPECT_EQ(future->why_failed().kind, failure_kind::protocol);
  EXPECT_NE(future->why_failed().what.find("'returned'"), std::string::npos);
  EXPECT_EQ(log.count("'returned'"), 1);
}

TEST_F(FutureCoreTest, EndsCancelledAtAMessageThatMustNotComeAfterACancel) {
  EXPECT_TRUE(future->cancel());
  send(make_returned({record->id(), 0}, {}));
  deliver();
  EXPECT_EQ(future->state(), future_state::cancelled);
  EXPECT_EQ(log.count("'returned'"), 1);
}

TEST_F(FutureCoreTest, FailsAtWordsThatAreNoMessage) {
  flat_message garbage(3);
  for (auto& word : garbage.writable()) word = 0xfeedfacecafebeefULL;
  send(garbage);
  deliver();
  EXPECT_EQ(future->state(), future_state::failed);
  EXPECT_EQ(future->why_failed().kind, failure_kind::protocol);
}

// Whose values a codec refuses to read.
class unreadable final : public middle_receiver {
 public:
  bool take(future_core&, const state_message&, attachment*) override {
    throw std::invalid_argument("13 is not received");
  }
  void clear() noexcept override {}
};

TEST_F(FutureCoreTest, FailsWithKindEncodingAtAValueThatCannotBeRead) {
  future->set_middle(std::make_unique<unreadable>());
  send(make_started({record->id(), 0}));
  send(make_custom({record->id(), 1}, "ping", {}));
  deliver();
  EXPECT_EQ(future->state(), future_state::failed);
  EXPECT_EQ(future->why(), end_reason::encoding_failed);
  EXPECT_EQ(future->why_failed().kind, failure_kind::encoding);
  EXPECT_EQ(future->why_failed().type, "std::invalid_argument");
  EXPECT_EQ(future->why_failed().what, "13 is not received");
}

TEST_F(FutureCoreTest, FailsAtAMessageOutOfOrderOrOfAnotherTask) {
  send(make_started({record->id(), 1}));
  deliver();
  EXPECT_EQ(future->state(), future_state::failed);
  EXPECT_NE(future->why_failed().what.find("expected message 0"), std::string::npos);
}

TEST_F(FutureCoreTest, FailsAtAMessageOfAnotherTask) {
  send(make_started({record->id() + 1, 0}));
  deliver();
  EXPECT_EQ(future->state(), future_state::failed);
}

TEST_F(FutureCoreTest, IgnoresWhatComesAfterItFailedByProtocol) {
  send(make_returned({record->id(), 0}, {}));
  send(make_started({record->id(), 1}));
  deliver();
  EXPECT_EQ(future->state(), future_state::failed);
  EXPECT_NE(future->why_failed().what.find("'returned'"), std::string::npos);
}

// Row 149.
TEST_F(FutureCoreTest, LogsAMessageInTheMiddleThatNobodyHandlesAndGoesOn) {
  send(make_started({record->id(), 0}));
  send(make_custom({record->id(), 1}, "ping", {}));
  send(make_returned({record->id(), 2}, {}));
  deliver();
  EXPECT_EQ(future->state(), future_state::completed);
  EXPECT_EQ(log.count("no handler for a message 'ping'"), 1);
}

TEST_F(FutureCoreTest, DropsMessagesInTheMiddleAfterACancelWithoutAWord) {
  send(make_started({record->id(), 0}));
  deliver();
  EXPECT_TRUE(future->cancel());
  send(make_custom({record->id(), 1}, "ping", {}));
  send(make_returned({record->id(), 2}, {}));
  deliver();
  EXPECT_EQ(future->state(), future_state::cancelled);
  EXPECT_TRUE(log.records().empty());
}

TEST_F(FutureCoreTest, GivenUpEndsCancelledAndIsTold) {
  std::vector<future_state> seen;
  future->observe(future_event::state, [&](future_core& core) { seen.push_back(core.state()); });
  future->give_up();
  EXPECT_EQ(seen, (std::vector{future_state::cancelled}));
  future->give_up();
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(FutureCoreTest, LeavesTheResultToTheWorkerUntilTheFinalMessage) {
  send(make_started({record->id(), 0}));
  deliver();
  EXPECT_TRUE(future->cancel());
  future->give_up();
  EXPECT_EQ(future->state(), future_state::cancelled);
  // The body may be writing it.
  EXPECT_EQ(record->forgotten, 0);
}

TEST_F(FutureCoreTest, DropsAResultThatNobodySeesAtTheFinalMessage) {
  send(make_started({record->id(), 0}));
  deliver();
  EXPECT_TRUE(future->cancel());
  send(make_returned({record->id(), 1}, {}));
  deliver();
  EXPECT_EQ(record->forgotten, 1);
}

// The executor of a future, as far as a future knows it.
class scripted_owner final : public future_core::owner {
 public:
  void cancel_task(future_core& of) noexcept override {
    if (on_cancel) on_cancel(of);
  }
  void terminate_task(future_core&, time_limit) noexcept override {}
  std::shared_ptr<owner> ended(future_core&) noexcept override { return nullptr; }
  void told() noexcept override {}

  std::function<void(future_core&)> on_cancel;
};

class OwnedFutureTest : public ::testing::Test {
 protected:
  OwnedFutureTest() {
    messages.start();
    port = messages.open_pipe(future);
    port.start();
  }
  ~OwnedFutureTest() override {
    future->disown();
    messages.stop();
  }

  void deliver(flat_message words) {
    port.send({std::move(words), nullptr});
    loop.run_until([] { return false; }, std::chrono::milliseconds(1));
  }

  // What an observer hears, as words.
  auto hearing(std::string& into) {
    return
        [&into](future_core& core) { into += std::string(to_string(core.present_state())) + " "; };
  }

  testing::log_capture log;
  manual_loop loop;
  router messages{loop};
  scripted_owner executor;
  ref<task_record> record{new silent_record};
  ref<future_core> future = make_future(record, &executor);
  sender port;
};

TEST_F(OwnedFutureTest, IsCancellingBeforeThePoolDestroysWhatTheTaskHolds) {
  int told = 0;
  future->observe(future_event::state, [&](future_core&) { ++told; });
  future->observe(future_event::cancellable, [&](future_core&) { ++told; });
  executor.on_cancel = [&](future_core& of) {
    // As the destructor of an argument might.
    EXPECT_EQ(of.state(), future_state::cancelling);
    EXPECT_FALSE(of.cancel());
    EXPECT_EQ(told, 0);
  };
  EXPECT_TRUE(future->cancel());
  EXPECT_EQ(told, 2);
}

TEST_F(OwnedFutureTest, TellsEachObserverEachChangeWhenOneOfThemCancels) {
  std::string first;
  std::string second;
  int cancellable = 0;
  future->observe(future_event::state, [&](future_core& core) {
    first += std::string(to_string(core.state())) + " ";
    if (core.state() != future_state::executing) return;
    EXPECT_TRUE(core.cancel());
    EXPECT_EQ(core.state(), future_state::cancelling);
    EXPECT_FALSE(core.cancellable());
  });
  future->observe(future_event::state, hearing(second));
  future->observe(future_event::cancellable, [&](future_core& core) {
    ++cancellable;
    EXPECT_EQ(core.state(), future_state::cancelling);
  });
  deliver(make_started({record->id(), 0}));
  EXPECT_EQ(second, "executing cancelling ");
  deliver(make_returned({record->id(), 1}, {}));
  EXPECT_EQ(first, "executing cancelling cancelled ");
  EXPECT_EQ(second, "executing cancelling cancelled ");
  EXPECT_EQ(cancellable, 1);
}

TEST_F(OwnedFutureTest, TellsTheOthersInANestedLoopOfAnObserverThatCancelled) {
  std::string second;
  std::string within;
  future->observe(future_event::state, [&](future_core& core) {
    if (core.state() != future_state::executing) return;
    core.cancel();
    port.send({make_returned({record->id(), 1}, {}), nullptr});
    // As a dialog does that is open until the task has ended.
    loop.run_until([&] { return core.done(); }, std::chrono::minutes(1));
    within = second;
  });
  future->observe(future_event::state, hearing(second));
  deliver(make_started({record->id(), 0}));
  EXPECT_EQ(within, "executing cancelling cancelled ");
  EXPECT_EQ(second, within);
}

TEST_F(OwnedFutureTest, TellsACancelOfANestedLoopInItsNextTurn) {
  std::string second;
  std::string within;
  future->observe(future_event::state, [&](future_core& core) {
    if (core.state() != future_state::executing) return;
    core.cancel();
    loop.run_until([&] { return second == "executing cancelling "; }, std::chrono::minutes(1));
    within = second;
  });
  future->observe(future_event::state, hearing(second));
  deliver(make_started({record->id(), 0}));
  EXPECT_EQ(within, "executing cancelling ");
  EXPECT_EQ(second, within);
}

// Also of the last change, after which no message comes.
TEST_F(OwnedFutureTest, TellsTheOthersOfTheSameChangeInANestedLoop) {
  bool second = false;
  bool within = false;
  future->observe(future_event::done, [&](future_core&) {
    within = loop.run_until([&] { return second; }, std::chrono::minutes(1));
  });
  future->observe(future_event::done, [&](future_core&) { second = true; });
  deliver(make_started({record->id(), 0}));
  deliver(make_returned({record->id(), 1}, {}));
  EXPECT_TRUE(within);
}

TEST_F(OwnedFutureTest, TellsObserversOfAnotherEventInANestedLoop) {
  bool done = false;
  bool within = false;
  future->observe(future_event::state, [&](future_core& core) {
    if (core.state() != future_state::completed) return;
    within = loop.run_until([&] { return done; }, std::chrono::minutes(1));
  });
  future->observe(future_event::done, [&](future_core&) { done = true; });
  deliver(make_started({record->id(), 0}));
  deliver(make_returned({record->id(), 1}, {}));
  EXPECT_TRUE(within);
}

TEST_F(OwnedFutureTest, SaysWhichCancelWithAGraceChangedIt) {
  std::optional<bool> second;
  future->observe(future_event::state, [&](future_core& core) {
    if (core.state() != future_state::executing) return;
    EXPECT_TRUE(core.cancel(std::chrono::hours(1)));
  });
  future->observe(future_event::state, [&](future_core& core) {
    if (core.state() == future_state::executing) second = core.cancel(std::chrono::hours(1));
  });
  deliver(make_started({record->id(), 0}));
  EXPECT_EQ(second, false);
}

TEST_F(OwnedFutureTest, SaysWhyItEnded) {
  EXPECT_EQ(future->why(), end_reason::not_ended);
  deliver(make_started({record->id(), 0}));
  EXPECT_EQ(future->why(), end_reason::not_ended);
  failure why;
  why.kind = failure_kind::out_of_memory;
  deliver(make_raised({record->id(), 1}, why));
  EXPECT_EQ(future->why(), end_reason::out_of_memory);
}

TEST_F(OwnedFutureTest, SaysThatItWasEndedByForceOnlyWhereItWas) {
  deliver(make_started({record->id(), 0}));
  EXPECT_TRUE(future->terminate(std::chrono::nanoseconds(0)));
  failure why;
  why.kind = failure_kind::infrastructure;
  why.what = "worker process 7 was killed";
  deliver(make_raised({record->id(), 1}, why));
  EXPECT_EQ(future->state(), future_state::cancelled);
  EXPECT_EQ(future->why(), end_reason::ended_by_force);
}

TEST_F(OwnedFutureTest, SaysThatItEndedByItselfWithinItsGrace) {
  deliver(make_started({record->id(), 0}));
  EXPECT_TRUE(future->terminate(std::chrono::seconds(1)));
  deliver(make_returned({record->id(), 1}, {}));
  EXPECT_EQ(future->why(), end_reason::cancelled);
}

TEST_F(OwnedFutureTest, SaysThatItsTimeWasUp) {
  deliver(make_started({record->id(), 0}));
  EXPECT_TRUE(future->terminate(std::chrono::seconds(1)));
  failure why;
  why.kind = failure_kind::infrastructure;
  why.what = "worker process 7 was killed";
  deliver(make_raised({record->id(), 1}, why));
  EXPECT_EQ(future->why(), end_reason::out_of_time);
}

TEST_F(OwnedFutureTest, SaysThatItWasLeftRunning) {
  future->give_up();
  EXPECT_EQ(future->why(), end_reason::left_running);
}

}  // namespace
}  // namespace offstage
