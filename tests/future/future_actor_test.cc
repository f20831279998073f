// What a future does with its messages and with those of actors, turn by turn.

#include "actors/future/future_actor.h"

#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/future/value_receiver.h"
#include "actors/loop/loop.h"
#include "actors/router/router.h"
#include "actors/task/carried.h"
#include "actors/task/credit.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

// A loop that takes a turn when the test says so.
class stepped_loop final : public loop {
 public:
  stepped_loop() : loop(affinity::binding::this_thread) {}
  ~stepped_loop() override { close(); }
  void wake() noexcept override { woken = true; }

  // Takes a turn, which must have been asked for.
  void turn() {
    EXPECT_TRUE(woken);
    woken = false;
    dispatch();
  }

  bool woken = false;
};

// A task whose messages are written by the test.
class silent_record final : public task_record {
 public:
  credit window;
  latest_value<int> latest;

 protected:
  payload invoke() override { return {}; }
  void forget_body() noexcept override {}
};

class FutureActorTest : public ::testing::Test {
 protected:
  struct quiet_config : caf::actor_system_config {
    quiet_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  FutureActorTest() {
    messages->start();
    port = messages->open_pipe(future);
    port.start();
  }

  message_origin next() { return {record->id(), sequence++}; }

  void send(flat_message words, ref<attachment> beside = nullptr) {
    port.send({std::move(words), std::move(beside)});
  }

  // Reports a value, as a body does that wants its latest one delivered.
  void report(int value) {
    if (!record->latest.put(value)) return;
    record->window.overdraw(0);
    send(make_progressed(next(), {payload_kind::slot}),
         ref<attachment>(
             new carried_latest<int>(ref<attachment>(record), record->window, record->latest)));
  }

  // Begins the task, and keeps what is delivered.
  void begin(std::function<void(int)> also = nullptr) {
    auto middle = std::make_unique<value_receiver<int>>(state_message_kind::progressed);
    middle->add([this, also](future_core&, const int& value) {
      seen.push_back(value);
      if (also) also(value);
    });
    future->set_middle(std::move(middle));
    send(make_started(next()));
    home.turn();
  }

  quiet_config config;
  caf::actor_system system{config};
  testing::log_capture log;
  stepped_loop home;
  std::optional<router> messages{home};
  ref<silent_record> record{new silent_record};
  ref<future_core> future = make_future(record, nullptr);
  sender port;
  std::uint32_t sequence = 0;
  std::vector<int> seen;
};

TEST_F(FutureActorTest, DeliversOneLatestValueInATurn) {
  begin([this](int value) {
    // The body reports twice before home is through with the value before.
    if (value % 10 != 0) return;
    report(value + 5);
    report(value + 10);
  });
  report(10);
  for (int turns = 1; turns <= 4; ++turns) {
    home.turn();
    ASSERT_EQ(seen.size(), turns);
    EXPECT_EQ(seen.back(), 10 * turns);
  }
  // While it waits for its turn, a newer value takes its place.
  report(99);
  home.turn();
  EXPECT_EQ(seen.back(), 99);
  EXPECT_FALSE(home.woken);
}

TEST_F(FutureActorTest, DeliversTheLastValueBeforeTheFinalMessageInTheSameTurn) {
  std::optional<future_state> at_last;
  begin([this, &at_last](int value) {
    if (value == 2) at_last = future->state();
    if (value != 1) return;
    report(2);
    send(make_returned(next(), {payload_kind::nothing}));
  });
  report(1);
  home.turn();
  EXPECT_EQ(seen, (std::vector{1, 2}));
  EXPECT_EQ(at_last, future_state::executing);
  EXPECT_EQ(future->state(), future_state::completed);
  if (home.woken) home.turn();
  EXPECT_EQ(seen, (std::vector{1, 2}));
}

TEST_F(FutureActorTest, ALoopInAnObserverOfTheLastValueIsToldOfTheEnd) {
  std::optional<future_state> after_turn;
  begin([this, &after_turn](int value) {
    if (value == 1) {
      report(2);
      send(make_returned(next(), {payload_kind::nothing}));
      return;
    }
    // A dialog that stays until the end, which has arrived.
    EXPECT_EQ(future->state(), future_state::executing);
    EXPECT_TRUE(home.woken);
    home.turn();
    after_turn = future->state();
  });
  report(1);
  home.turn();
  EXPECT_EQ(seen, (std::vector{1, 2}));
  EXPECT_EQ(after_turn, future_state::completed);
}

TEST_F(FutureActorTest, DeliversNoLatestValueAfterACancel) {
  begin([this](int value) {
    if (value == 1) report(2);
  });
  report(1);
  home.turn();
  EXPECT_TRUE(future->cancel());
  home.turn();
  send(make_returned(next(), {payload_kind::nothing}));
  home.turn();
  EXPECT_EQ(seen, std::vector{1});
  EXPECT_EQ(future->state(), future_state::cancelled);
}

TEST_F(FutureActorTest, TakesAMessageThatOnlyAnActorHears) {
  send(make_started(next()));
  home.turn();
  send(make_custom(next(), "ping", {}));
  home.turn();
  EXPECT_EQ(log.count("no handler for a message 'ping'"), 1);
  const auto actor = caf::actor_cast<caf::actor>(handle_of(*future));
  std::optional<caf::scoped_actor> listener(system);
  caf::anon_send(actor, subscribe{caf::actor_cast<caf::actor>(*listener)});
  home.turn();
  send(make_custom(next(), "ping", {}));
  home.turn();
  EXPECT_EQ(log.count("no handler for a message 'ping'"), 1);
  (*listener)->receive([](const future_update& update) {
    EXPECT_TRUE(update.words.empty() || update.kind() == state_message_kind::started);
  });
  (*listener)->receive(
      [](const future_update& update) { EXPECT_EQ(update.kind(), state_message_kind::custom); });
}

TEST_F(FutureActorTest, CountsTheTurnsOfNestedLoops) {
  begin([this](int value) {
    if (value == 3) return;
    report(value + 1);
    home.turn();
  });
  report(1);
  home.turn();
  EXPECT_EQ(seen, (std::vector{1, 2, 3}));
}

TEST_F(FutureActorTest, AnswersARequestThatFindsItsHomeClosed) {
  caf::scoped_actor asking(system);
  asking->request(handle_of(*future), caf::infinite, get_state{});
  EXPECT_FALSE(asking->has_next_message());
  messages->stop();
  asking->request(handle_of(*future), caf::infinite, get_state{});
  for (int answers = 0; answers < 2; ++answers) {
    ASSERT_TRUE(asking->has_next_message());
    const auto element = asking->next_message();
    ASSERT_TRUE(element->content().match_elements<caf::error>());
    EXPECT_EQ(element->content().get_as<caf::error>(0),
              caf::make_error(caf::sec::request_receiver_down));
  }
  EXPECT_FALSE(asking->has_next_message());
}

TEST_F(FutureActorTest, FailsWhateverAReaderOfMessagesThrows) {
  class throwing final : public middle_receiver {
   public:
    bool take(future_core&, const state_message&, attachment*) override { throw 7; }
    void clear() noexcept override {}
  };
  begin();
  future->set_middle(std::make_unique<throwing>());
  report(1);
  home.turn();
  EXPECT_EQ(future->state(), future_state::failed);
  EXPECT_EQ(future->why_failed().what, "7");
}

}  // namespace
}  // namespace offstage
