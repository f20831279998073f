// What a future does with messages that no honest task sends.

#include "actors/future/future_core.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/loop/manual_loop.h"
#include "actors/router/router.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

// A task whose messages are written by the test.
class silent_record final : public task_record {
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
  ref<task_record> record{new silent_record};
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

}  // namespace
}  // namespace offstage
