// What docs/guide/the-actor-face.md quotes, besides examples/actor_face.cc.

#include "actors/actor_face.h"

#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::chrono::seconds limit{60};

int square(int n) { return n * n; }

offstage::generator<int> numbers_up_to(offstage::event go_on, int last) {
  go_on.wait();
  for (int n = 1; n <= last; ++n) co_yield n;
}

struct sharing_config : caf::actor_system_config {
  sharing_config() { set("scheduler.policy", caf::atom("sharing")); }
};

class TheActorFaceTest : public ::testing::Test {
 protected:
  ~TheActorFaceTest() override {
    self->monitor(desk);
    self->send_exit(desk, caf::exit_reason::user_shutdown);
    self->receive([](caf::down_msg&) {});
  }

  offstage::future_handle submit(offstage::task what) {
    offstage::future_handle out;
    self->request(desk, limit, offstage::submit_task{std::move(what)})
        .receive([&](offstage::future_handle future) { out = future; },
                 [](caf::error&) { ADD_FAILURE(); });
    return out;
  }

  sharing_config config;
  caf::actor_system system{config};
  offstage::multithreading_context context;
  offstage::executor_handle desk =
      offstage::spawn_executor(system, {.context = &context, .worker_count = 2});
  caf::scoped_actor self{system};
};

// Adds up the items of an iteration, and says the sum at its end.
caf::behavior adder(caf::stateful_actor<int>* self, caf::actor report) {
  return {
      [=](const offstage::future_update& update) {
        if (update.state == offstage::future_state::executing &&
            update.kind() == offstage::state_message_kind::generated) {
          self->state += update.value<int>();
        }
        if (offstage::is_done(update.state)) {
          self->send(report, self->state);
          self->quit();
        }
      },
  };
}

TEST_F(TheActorFaceTest, TellsSubscribersTheItemsOfAnIteration) {
  const auto go_on = context.make_event();
  const auto items = submit(offstage::prepare_iteration(numbers_up_to, go_on, 4));
  const auto sum = system.spawn(adder, caf::actor_cast<caf::actor>(self));
  self->send(items, offstage::subscribe{caf::actor_cast<caf::actor>(sum)});
  // Messages of one sender are taken in order: after this answer the adder has subscribed.
  self->request(items, limit, offstage::get_state{})
      .receive([](offstage::future_state) {}, [](caf::error&) { ADD_FAILURE(); });
  go_on.set();
  self->receive([](int found) { EXPECT_EQ(found, 10); });
}

TEST_F(TheActorFaceTest, EndsFuturesWithAReason) {
  const auto future = submit(offstage::prepare_call([] { throw std::runtime_error("no disk"); }));
  self->monitor(future);
  self->receive([&](const caf::down_msg& down) {
    EXPECT_EQ(down.source, future.address());
    EXPECT_EQ(down.reason, caf::exit_reason::unhandled_exception);
  });
}

TEST_F(TheActorFaceTest, AnswersWhenEverythingHasEnded) {
  submit(offstage::prepare_call(square, 12));
  bool stopped = false;
  self->request(desk, caf::infinite, offstage::shut_down{std::chrono::seconds(5)})
      .receive([&](offstage::shutdown_result end) { stopped = end.stopped; },
               [](caf::error&) { ADD_FAILURE(); });
  EXPECT_TRUE(stopped);
}

TEST_F(TheActorFaceTest, RefusesTasksAfterAStop) {
  self->send(desk, offstage::stop_executor{});
  self->request(desk, limit, offstage::submit_task{offstage::prepare_call(square, 12)})
      .receive([](offstage::future_handle) { ADD_FAILURE(); },
               [](const caf::error& error) {
                 EXPECT_EQ(error, caf::make_error(caf::sec::request_receiver_down));
               });
}

TEST(ActorOfTest, LeadsFromAPlainFutureToItsActor) {
  sharing_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  offstage::manual_loop loop;
  offstage::multithreading_context context;
  offstage::executor executor{loop, context};
  const auto go_on = context.make_event();

  auto future = offstage::submit_call(executor, [=] { go_on.wait(); });
  const offstage::future_handle handle = offstage::actor_of(future);
  self->send(handle, offstage::subscribe{caf::actor_cast<caf::actor>(self)});
  go_on.set();
  loop.run_until(future);  // Home takes the message, too: the loop has to run.
  auto last = offstage::future_state::waiting;
  self->receive_while([&] { return !offstage::is_done(last); })(
      [&](const offstage::future_update& update) { last = update.state; });
  EXPECT_EQ(last, offstage::future_state::completed);
}

TEST(ActorOfTest, LetsActorsUseAPlainExecutor) {
  sharing_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  offstage::manual_loop loop;
  offstage::executor executor{loop};

  const offstage::executor_handle desk = offstage::actor_of(executor);
  self->send(desk, offstage::submit_task{offstage::prepare_call(square, 12)});
  loop.run_until([&] { return executor.open_tasks() == 1; });
  loop.run_until([&] { return executor.open_tasks() == 0; });
  EXPECT_TRUE(executor.running());
}

}  // namespace
