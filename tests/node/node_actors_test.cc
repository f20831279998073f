// Actors in worker processes.

#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <string>
#include <utility>

#include "actors/actor_face.h"
#include "tests/support/processes.h"

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

TEST(NodeActorsTest, RefusesTheCurrentNodeInTheApplication) {
  EXPECT_THROW(current_node(), not_in_worker);
}

}  // namespace
}  // namespace offstage
