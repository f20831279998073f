// Executors and futures as actors, on CAF's real scheduler.

#include "actors/actor_face.h"

#include <gtest/gtest.h>

#include <pthread.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/thread_hook.hpp>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

std::string thread_name() {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

// Names the threads of the user's own system.
class users_threads final : public caf::thread_hook {
 public:
  void init(caf::actor_system&) override {}
  void thread_started() override { pthread_setname_np(pthread_self(), "users-own"); }
  void thread_terminates() override {}
};

struct users_config : caf::actor_system_config {
  users_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::int64_t{2});
    add_thread_hook<users_threads>();
  }
};

class ActorFaceTest : public ::testing::Test {
 protected:
  ~ActorFaceTest() override {
    self->monitor(desk);
    self->send_exit(desk, caf::exit_reason::user_shutdown);
    self->receive([](caf::down_msg&) {});
  }

  template <class Task>
  future_handle submit(Task made) {
    future_handle out;
    self->request(desk, guard, submit_task{std::move(made)})
        .receive([&](future_handle handle) { out = std::move(handle); },
                 [&](caf::error& error) { ADD_FAILURE() << system.render(error); });
    return out;
  }

  // The updates of a future until it ends, and the reason of its end.
  std::vector<future_update> updates_of(const future_handle& future) {
    std::vector<future_update> out;
    reason = caf::none;
    self->monitor(future);
    self->send(future, subscribe{caf::actor_cast<caf::actor>(self)});
    bool down = false;
    self->receive_while([&] { return !down || out.empty() || !is_done(out.back().state); })(
        [&](future_update& update) { out.push_back(update); },
        [&](caf::down_msg& end) {
          reason = end.reason;
          down = true;
        });
    return out;
  }

  future_state state_of(const future_handle& future) {
    auto out = future_state::waiting;
    self->request(future, guard, get_state{})
        .receive([&](future_state state) { out = state; },
                 [&](caf::error& error) { ADD_FAILURE() << system.render(error); });
    return out;
  }

  shutdown_result shut_down_within(shut_down message) {
    shutdown_result out;
    self->request(desk, guard, message)
        .receive([&](shutdown_result how) { out = how; },
                 [&](caf::error& error) { ADD_FAILURE() << system.render(error); });
    return out;
  }

  users_config config;
  caf::actor_system system{config};
  multithreading_context context;
  executor_handle desk = spawn_executor(system, {.context = &context, .worker_count = 2});
  caf::scoped_actor self{system};
  caf::error reason;
};

TEST_F(ActorFaceTest, TellsSubscribersTheStateMessagesOfACall) {
  const auto go = context.make_event();
  const auto future = submit(prepare_call(
      [](event until, int n) {
        until.wait();
        return n * n;
      },
      go, 12));
  self->send(future, subscribe{caf::actor_cast<caf::actor>(self)});
  go.set();
  std::vector<future_state> states;
  int result = 0;
  self->receive_while([&] { return states.empty() || !is_done(states.back()); })(
      [&](future_update& update) {
        // The present state comes first; it may be the one that follows already.
        if (states.empty() || states.back() != update.state) states.push_back(update.state);
        if (update.state == future_state::completed) {
          EXPECT_EQ(update.kind(), state_message_kind::returned);
          result = update.result<int>();
        }
      });
  EXPECT_EQ(states.back(), future_state::completed);
  EXPECT_GE(states.size(), 1U);
  EXPECT_EQ(result, 144);
  EXPECT_EQ(state_of(future), future_state::completed);
}

TEST_F(ActorFaceTest, TellsTheEndToThoseWhoComeLate) {
  const auto future = submit(prepare_call([] { return 5; }));
  self->monitor(future);
  self->receive([](caf::down_msg&) {});
  const auto late = updates_of(future);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].state, future_state::completed);
  EXPECT_EQ(late[0].result<int>(), 5);
  EXPECT_THROW(late[0].value<int>(), not_done);
}

TEST_F(ActorFaceTest, TellsItemsInOrder) {
  const auto go = context.make_event();
  const auto future = submit(prepare_iteration(
      [](event until) -> generator<int> {
        until.wait();
        for (int i = 0; i < 100; ++i) co_yield i;
      },
      go));
  self->send(future, subscribe{caf::actor_cast<caf::actor>(self)});
  self->receive([](future_update&) {});
  go.set();
  std::vector<int> items;
  bool done = false;
  self->receive_while([&] { return !done; })([&](future_update& update) {
    done = is_done(update.state);
    if (!update.words.empty() && update.kind() == state_message_kind::generated) {
      items.push_back(update.value<int>());
    }
  });
  ASSERT_EQ(items.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(items[i], i);
}

// Home puts values in the place of others while the subscriber looks, in its own thread.
TEST_F(ActorFaceTest, TellsTheLatestValuesInOrderAndTheLastOneBeforeTheEnd) {
  constexpr int many = 50000;
  const auto go = context.make_event();
  const auto future = submit(prepare_progress(
      {.deliver = delivery::latest_value},
      [](progress<int>& report, event until) {
        until.wait();
        for (int i = 0; i < many; ++i) report(i);
      },
      go));
  self->send(future, subscribe{caf::actor_cast<caf::actor>(self)});
  self->receive([](future_update&) {});
  go.set();
  int last = -1;
  int wrong = 0;
  bool done = false;
  self->receive_while([&] { return !done; })([&](const future_update& update) {
    done = is_done(update.state);
    if (update.words.empty() || update.kind() != state_message_kind::progressed) return;
    const auto copy = update;
    const int now = update.value<int>();
    wrong += now > last && copy.value<int>() == now ? 0 : 1;
    last = now;
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(last, many - 1);
}

TEST_F(ActorFaceTest, EndsFuturesWithAReasonForMonitorsAndLinks) {
  const auto failed = updates_of(submit(prepare_call([] { throw std::domain_error("why"); })));
  EXPECT_EQ(failed.back().state, future_state::failed);
  EXPECT_EQ(failed.back().why().what, "why");
  EXPECT_EQ(reason, caf::exit_reason::unhandled_exception);

  const auto until = context.make_event();
  const auto begun = context.make_event();
  const auto running = submit(prepare_call(
      [](event first, event last) {
        first.set();
        last.wait();
      },
      begun, until));
  ASSERT_TRUE(begun.wait_for(guard));
  self->send(running, cancel_task{});
  while (state_of(running) != future_state::cancelling) {
  }
  until.set();
  const auto cancelled = updates_of(running);
  EXPECT_EQ(cancelled.back().state, future_state::cancelled);
  EXPECT_TRUE(cancelled.back().words.empty());
  EXPECT_EQ(reason, caf::exit_reason::user_shutdown);

  updates_of(submit(prepare_call([] {})));
  EXPECT_EQ(reason, caf::error(caf::none));
}

TEST_F(ActorFaceTest, AnswersAShutdownWhenItIsDoneOrTheTimeIsUp) {
  const auto until = context.make_event();
  const auto begun = context.make_event();
  const auto future = submit(prepare_call(
      [](event first, event last) {
        first.set();
        last.wait();
      },
      begun, until));
  ASSERT_TRUE(begun.wait_for(guard));
  const auto early = shut_down_within({std::chrono::milliseconds(10)});
  EXPECT_FALSE(early.stopped);
  EXPECT_EQ(early.still_running, 1U);
  // Nothing blocks meanwhile.
  self->request(desk, guard, get_state{})
      .receive([](executor_state state) { EXPECT_EQ(state, executor_state::stopping); },
               [&](caf::error& error) { ADD_FAILURE() << system.render(error); });
  until.set();
  EXPECT_TRUE(shut_down_within({}).stopped);
  EXPECT_TRUE(shut_down_within({}).stopped);
  self->request(desk, guard, submit_task{prepare_call([] {})})
      .receive([](future_handle) { ADD_FAILURE(); },
               [](caf::error& error) {
                 EXPECT_EQ(error, caf::make_error(caf::sec::request_receiver_down));
               });
}

TEST_F(ActorFaceTest, TellsSubscribersTheStatesOfAnExecutor) {
  self->send(desk, subscribe{caf::actor_cast<caf::actor>(self)});
  self->send(desk, stop_executor{});
  std::vector<executor_state> seen;
  self->receive_while([&] { return seen.size() < 2; })(
      [&](executor_update& update) { seen.push_back(update.state); });
  EXPECT_EQ(seen, (std::vector{executor_state::stopping, executor_state::stopped}));
}

TEST_F(ActorFaceTest, SubmitsATaskOnce) {
  task made = prepare_call([] { return 1; });
  const auto copy = made;
  submit(made);
  self->request(desk, guard, submit_task{copy})
      .receive(
          [](future_handle) { ADD_FAILURE(); },
          [](caf::error& error) { EXPECT_EQ(error, caf::make_error(caf::sec::invalid_argument)); });
}

// Actors run on the threads of their own system, whoever wakes them.
TEST_F(ActorFaceTest, NeverRunsAnActorOnTheThreadsOfAnotherSystem) {
  const auto future = submit(prepare_iteration([] { return std::vector<int>(200, 1); }));
  struct seen {
    int updates = 0;
    int elsewhere = 0;
  };
  auto watcher = system.spawn(
      [future](caf::event_based_actor* watching, caf::actor report) -> caf::behavior {
        auto counts = std::make_shared<seen>();
        watching->send(future, subscribe{caf::actor_cast<caf::actor>(watching)});
        return {[=](future_update& update) {
          ++counts->updates;
          counts->elsewhere += thread_name() == "users-own" ? 0 : 1;
          if (is_done(update.state)) {
            watching->send(report, counts->updates, counts->elsewhere);
            watching->quit();
          }
        }};
      },
      caf::actor_cast<caf::actor>(self));
  self->receive([](int updates, int elsewhere) {
    EXPECT_GE(updates, 1);
    EXPECT_EQ(elsewhere, 0);
  });
  const auto call = updates_of(submit(prepare_call(thread_name)));
  EXPECT_EQ(call.back().result<std::string>(), "offstage-crew");
}

TEST_F(ActorFaceTest, LeadsFromThePlainFaceToTheActors) {
  manual_loop loop;
  executor user{loop, {.worker_count = 1}};
  const auto bridge = actor_of(user);
  auto plain = submit_call(user, [] { return 3; });
  const auto plain_actor = actor_of(plain);
  // The answers come from home, so home has to run.
  bool answered = false;
  std::thread asker([&] {
    caf::scoped_actor asking{system};
    asking->request(bridge, guard, submit_task{prepare_call([] { return 4; })})
        .receive(
            [&](future_handle handle) {
              asking->monitor(handle);
              asking->receive([](caf::down_msg&) {});
              asking->request(handle, guard, get_state{})
                  .receive([](future_state state) { EXPECT_EQ(state, future_state::completed); },
                           [](caf::error&) { ADD_FAILURE(); });
            },
            [](caf::error&) { ADD_FAILURE(); });
    asking->request(plain_actor, guard, get_state{})
        .receive([](future_state state) { EXPECT_EQ(state, future_state::completed); },
                 [](caf::error&) { ADD_FAILURE(); });
    asking->request(bridge, guard, shut_down{})
        .receive([](shutdown_result how) { EXPECT_TRUE(how.stopped); },
                 [](caf::error&) { ADD_FAILURE(); });
    loop.call_soon([&] { answered = true; });
  });
  EXPECT_TRUE(loop.run_until([&] { return answered; }, guard));
  asker.join();
  EXPECT_TRUE(user.stopped());
  EXPECT_EQ(plain.result(), 3);
}

TEST(ActorFaceDestructionTest, StopsTheTasksOfAnExecutorThatIsSentAnExit) {
  users_config config;
  caf::actor_system system{config};
  multithreading_context context;
  const auto begun = context.make_event();
  caf::scoped_actor self{system};
  auto desk = spawn_executor(system, {.context = &context, .worker_count = 1});
  future_handle future;
  self->request(desk, guard,
                submit_task{prepare_call(
                    [](std::stop_token token, event first) {
                      first.set();
                      while (!token.stop_requested()) std::this_thread::yield();
                    },
                    begun)})
      .receive([&](future_handle handle) { future = handle; }, [](caf::error&) {});
  ASSERT_TRUE(begun.wait_for(guard));
  self->monitor(desk);
  self->send_exit(desk, caf::exit_reason::user_shutdown);
  self->receive(
      [](caf::down_msg& down) { EXPECT_EQ(down.reason, caf::exit_reason::user_shutdown); });
  self->request(future, guard, get_state{})
      .receive([](future_state state) { EXPECT_EQ(state, future_state::cancelled); },
               [](caf::error&) { ADD_FAILURE(); });
}

}  // namespace
}  // namespace offstage
