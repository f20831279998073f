// What docs/guide/testing.md quotes.

#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/actor_face.h"
#include "examples/own_context/inline_context.h"

namespace {

constexpr std::chrono::seconds limit{60};

int square(int n) { return n * n; }

// What is to be tested.

int install(offstage::steps_reporter& steps, int files) {
  for (int i = 1; i <= files; ++i) steps.step("file " + std::to_string(i));
  steps.stop("installed");
  return files;
}

void count_up(offstage::progress<int>& report, int to) {
  for (int i = 1; i <= to; ++i) report(i);
}

offstage::generator<int, std::string> countdown(int from) {
  for (int n = from; n > 0; --n) co_yield n;
  co_return "lift-off";
}

// A list that a window shows: the squares of the numbers that were asked for.
class square_list {
 public:
  explicit square_list(offstage::executor& executor) : executor_(executor) {}

  void ask(int n) {
    offstage::submit_call(executor_, square, n).on_result([this](const auto& done) {
      squares.push_back(done.result());
    });
  }

  std::vector<int> squares;

 private:
  offstage::executor& executor_;
};

// The tests.

TEST(TestingTest, TriesABodyInStepsAlone) {
  offstage::null_steps_reporter nobody;
  EXPECT_EQ(install(nobody, 3), 3);
}

class kept_reports final : public offstage::progress<int> {
 public:
  std::vector<int> reports;

 protected:
  bool do_report(int value) override {
    reports.push_back(value);
    return reports.size() < 3;  // Cancelled at the third.
  }
  bool is_cancelled() const override { return reports.size() >= 3; }
};

TEST(TestingTest, TriesABodyWithProgressAlone) {
  kept_reports kept;
  EXPECT_THROW(count_up(kept, 10), offstage::task_cancelled);
  EXPECT_EQ(kept.reports, (std::vector<int>{1, 2, 3}));
}

TEST(TestingTest, TriesAGeneratorAlone) {
  auto numbers = countdown(2);
  EXPECT_EQ(numbers.next(), 2);
  EXPECT_EQ(numbers.next(), 1);
  EXPECT_EQ(numbers.next(), std::nullopt);
  EXPECT_EQ(numbers.take_result(), "lift-off");
}

TEST(TestingTest, WaitsForWhatItWaitsFor) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  square_list list(executor);
  list.ask(12);
  ASSERT_TRUE(loop.run_until([&] { return !list.squares.empty(); }, limit));
  EXPECT_EQ(list.squares, std::vector<int>{144});
}

TEST(TestingTest, HoldsATaskWhereItIs) {
  offstage::manual_loop loop;
  offstage::multithreading_context context;
  offstage::executor executor{loop, context};
  const auto begun = context.make_event();
  const auto go_on = context.make_event();
  auto future = offstage::submit_call(executor, [=] {
    begun.set();
    go_on.wait();
  });
  ASSERT_TRUE(begun.wait_for(limit));  // The body runs now, for as long as the test wants.
  EXPECT_EQ(future.state(), offstage::future_state::waiting);  // Home has heard nothing yet.
  future.cancel();
  go_on.set();
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(future.state(), offstage::future_state::cancelled);
}

TEST(TestingTest, AssertsWhatDoesNotHappen) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  auto future = offstage::submit_call(executor, square, 12);
  ASSERT_TRUE(loop.run_until(future, limit));
  int calls = 0;
  auto subscription = future.on_done([&](const auto&) { ++calls; });
  subscription.disconnect();
  // One turn: it takes what is there already, and waits for nothing.
  loop.run_until([] { return false; }, std::chrono::seconds(0));
  EXPECT_EQ(calls, 0);
}

TEST(TestingTest, RunsEverythingInOneThread) {
  offstage::manual_loop loop;
  inline_context context;  // examples/own_context
  offstage::executor executor{loop, context};
  square_list list(executor);
  list.ask(12);
  EXPECT_TRUE(list.squares.empty());  // Called already, but observers wait for the loop's turn.
  loop.run_until([&] { return executor.open_tasks() == 0; });
  EXPECT_EQ(list.squares, std::vector<int>{144});
}

TEST(TestingTest, ListensToTheLog) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  std::vector<std::string> lines;
  offstage::set_log_sink(
      [&](const offstage::log_record& record) { lines.emplace_back(record.text); });
  auto future = offstage::submit_call(executor, square, 12);
  future.on_done([](const auto&) { throw std::runtime_error("a bug in an observer"); });
  ASSERT_TRUE(loop.run_until(future, limit));
  offstage::set_log_sink(nullptr);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("a bug in an observer"), std::string::npos);
}

// Has numbers squared, and says the squares to somebody.
caf::behavior squarer(caf::event_based_actor* self, offstage::executor_handle desk,
                      caf::actor report) {
  return {
      [=](int n) {
        self->request(desk, caf::infinite, offstage::submit_task{offstage::prepare_call(square, n)})
            .then([=](offstage::future_handle future) {
              self->send(future, offstage::subscribe{caf::actor_cast<caf::actor>(self)});
            });
      },
      [=](const offstage::future_update& update) {
        if (update.state == offstage::future_state::completed) {
          self->send(report, update.result<int>());
        }
      },
  };
}

TEST(TestingTest, ScriptsAConversationOfActors) {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("testing"));
  caf::actor_system system{config};
  auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  inline_context context;
  caf::scoped_actor self{system};
  const auto desk = offstage::spawn_executor(system, {.context = &context});
  const auto tested = system.spawn(squarer, desk, caf::actor_cast<caf::actor>(self));

  self->send(tested, 12);
  scheduler.run();  // Nothing happens before, and everything in here.
  self->receive([](int found) { EXPECT_EQ(found, 144); });

  self->send_exit(tested, caf::exit_reason::user_shutdown);
  self->send_exit(desk, caf::exit_reason::user_shutdown);
  scheduler.run();
}

}  // namespace
