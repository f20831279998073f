// Actors in worker processes.

#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "actors/actor_face.h"
#include "tests/support/processes.h"
#include "tests/support/thread_refusal.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

caf::behavior adder(caf::event_based_actor*, int to) {
  return {[to](int n) { return n + to; }};
}

// The answer of an actor in this process's node, and the name of that node.
std::pair<int, std::string> ask_an_actor(int n) {
  auto& system = current_node();
  const auto actor = system.spawn(adder, 1);
  int answer = 0;
  caf::scoped_actor self{system};
  self->request(actor, guard, n).receive([&](int got) { answer = got; }, [](caf::error&) {});
  return {answer, caf::to_string(actor.node())};
}

TEST(NodeActorsTest, TasksSpawnActorsInTheNodeOfTheirWorker) {
  manual_loop loop;
  testing::process_context context;
  executor user{loop, {.context = &context, .worker_count = 1}};
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  auto first = submit_call(user, ask_an_actor, 41);
  ASSERT_TRUE(loop.run_until(first, guard));
  EXPECT_EQ(first.result().first, 42);
  EXPECT_NE(first.result().second, caf::to_string(system.node()));
  // The node is as old as the worker.
  auto second = submit_call(user, ask_an_actor, 1);
  ASSERT_TRUE(loop.run_until(second, guard));
  EXPECT_EQ(second.result().second, first.result().second);
}

// What current_node() raised when it could have so many threads.
std::string refusal_with(int threads) {
  const testing::thread_refusal few({.first = threads + 1});
  try {
    current_node();
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "";
}

TEST(NodeActorsTest, RaisesWhereANodeCanHaveNoThreadsAndHasOneLater) {
  manual_loop loop;
  testing::process_context context;
  executor user{loop, {.context = &context, .worker_count = 1}};
  for (const int threads : {0, 1, 2, 3, 4}) {
    auto without = submit_call(user, refusal_with, threads);
    ASSERT_TRUE(loop.run_until(without, guard));
    EXPECT_FALSE(without.result().empty()) << threads;
  }
  auto with = submit_call(user, ask_an_actor, 41);
  ASSERT_TRUE(loop.run_until(with, guard));
  EXPECT_EQ(with.result().first, 42);
}

// Before `main`, so that the worker's own threads are refused, too.
const auto* const refused_from_the_beginning =
    std::getenv("TEST_REFUSES_THREADS") != nullptr ? new testing::thread_refusal : nullptr;

TEST(NodeActorsTest, FailsTasksWhoseWorkerCanHaveNoThread) {
  if (testing::start_method_of_run != start_method::spawn) {
    GTEST_SKIP() << "a forked worker has begun before it knows its environment";
  }
  manual_loop loop;
  testing::process_context context;
  executor user{loop,
                {.context = &context,
                 .worker_count = 1,
                 .processes = {.environment = {"TEST_REFUSES_THREADS=yes"}}}};
  auto future = submit_call(user, [] {});
  ASSERT_TRUE(loop.run_until(future, guard));
  ASSERT_EQ(future.state(), future_state::failed);
  EXPECT_EQ(future.failure().kind, failure_kind::infrastructure);
  EXPECT_NE(future.failure().what.find("Resource temporarily unavailable"), std::string::npos)
      << future.failure().summary();
}

TEST(NodeActorsTest, ExecutorActorsRunTasksInProcesses) {
  testing::process_context context;
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  auto desk = spawn_executor(system, {.context = &context, .worker_count = 1});
  caf::scoped_actor self{system};
  future_handle future;
  self->request(desk, guard, submit_task{prepare_call(ask_an_actor, 41)})
      .receive([&](future_handle got) { future = std::move(got); },
               [&](caf::error& error) { ADD_FAILURE() << system.render(error); });
  self->send(future, subscribe{caf::actor_cast<caf::actor>(self)});
  int answer = 0;
  bool done = false;
  self->receive_while([&] { return !done; })([&](const future_update& update) {
    done = is_done(update.state);
    if (update.state == future_state::completed) {
      answer = update.result<std::pair<int, std::string>>().first;
    }
  });
  EXPECT_EQ(answer, 42);
  self->send_exit(desk, caf::exit_reason::user_shutdown);
  self->wait_for(desk);
}

// A kind of task of the user's own, whose messages have values of several types.
class told_future : public custom_future<told_future> {
 public:
  told_future() = default;
  explicit told_future(ref<future_core> core) : custom_future(std::move(core)) {}
};

struct telling {
  using future_type = told_future;
  void operator()(task_channel& channel) const {
    channel.send("number", 42);
    channel.send("text", std::string("as it was sent"));
    channel.send("nothing");
  }
};

TEST(NodeActorsTest, ActorsReadMessagesOfTheUsersOwnAsInThreads) {
  testing::process_context context;
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  auto desk = spawn_executor(system, {.context = &context, .worker_count = 1});
  caf::scoped_actor self{system};
  const auto submit = [&](auto made) {
    future_handle out;
    self->request(desk, guard, submit_task{std::move(made)})
        .receive([&](future_handle got) { out = std::move(got); },
                 [&](caf::error& error) { ADD_FAILURE() << system.render(error); });
    return out;
  };
  // The one before it keeps it from beginning before somebody listens.
  const auto go_on = context.make_event();
  submit(prepare_call([](event until) { until.wait(); }, go_on));
  const auto future = submit(prepare_custom(telling{}));
  self->send(future, subscribe{caf::actor_cast<caf::actor>(self)});
  std::vector<future_update> updates;
  self->receive_while([&] { return updates.empty() || !is_done(updates.back().state); })(
      [&](const future_update& update) {
        updates.push_back(update);
        go_on.set();
      });
  ASSERT_EQ(updates.size(), 6U);
  EXPECT_EQ(updates.back().state, future_state::completed);
  const auto copy = updates[2];
  EXPECT_EQ(updates[2].value<int>(), 42);
  EXPECT_EQ(&updates[2].value<int>(), &copy.value<int>());
  EXPECT_EQ(updates[3].value<std::string>(), "as it was sent");
  EXPECT_THROW(updates[4].value<int>(), not_done);
  try {
    updates[2].value<double>();
    ADD_FAILURE();
  } catch (const not_done& wrong) {
    EXPECT_STREQ(wrong.what(),
                 "future_update::value: expected a value of type double, found one of type int");
  }
  self->send_exit(desk, caf::exit_reason::user_shutdown);
  self->wait_for(desk);
}

// A type whose codec throws what is no std::exception.
struct stubborn {
  int held = 0;
};

}  // namespace

template <>
struct codec<stubborn> {
  static void encode(byte_writer&, const stubborn& value) {
    if (value.held == 0) throw 7;
  }
  static stubborn decode(byte_reader&) { return {}; }
};

namespace {

TEST(NodeActorsTest, RefusesATaskWhateverItsCodecThrows) {
  testing::process_context context;
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  auto desk = spawn_executor(system, {.context = &context, .worker_count = 1});
  caf::scoped_actor self{system};
  self->request(desk, guard, submit_task{prepare_call([](stubborn) {}, stubborn())})
      .receive([](future_handle) { ADD_FAILURE(); },
               [](caf::error& error) { EXPECT_EQ(error, caf::sec::runtime_error); });
  self->request(desk, guard, get_state{})
      .receive([](executor_state state) { EXPECT_EQ(state, executor_state::running); },
               [&](caf::error& error) { ADD_FAILURE() << system.render(error); });
  self->send_exit(desk, caf::exit_reason::user_shutdown);
  self->wait_for(desk);
}

TEST(NodeActorsTest, RefusesTheCurrentNodeInTheApplication) {
  EXPECT_THROW(current_node(), not_in_worker);
}

}  // namespace
}  // namespace offstage
