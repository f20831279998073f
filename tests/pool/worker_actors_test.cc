// The threads of a pool as actors that others hold.

#include <gtest/gtest.h>
#include <caf/all.hpp>

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "actors/offstage.h"
#include "actors/pool/thread_pool.h"
#include "actors/worker/worker.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

class WorkerActorsTest : public ::testing::Test {
 protected:
  WorkerActorsTest() { configuration.set("scheduler.max-threads", 1); }

  // The handle of the one worker, which is idle or about to be so.
  caf::actor only_worker() {
    auto future = submit_call(user, [] {});
    EXPECT_TRUE(loop.run_until(future, guard));
    const auto workers = static_cast<thread_pool&>(*pool).workers();
    EXPECT_EQ(workers.size(), 1U);
    return handle_of(*workers.at(0));
  }

  caf::exit_reason reason_of_end(caf::scoped_actor& self) {
    auto told = caf::exit_reason::normal;
    self->receive(
        [&](const caf::down_msg& down) {
          told = static_cast<caf::exit_reason>(down.reason.code());
        },
        caf::after(guard) >> [] { FAIL() << "its end was not told"; });
    return told;
  }

  std::thread::id thread_of_a_task() {
    auto future = submit_call(user, [] { return std::this_thread::get_id(); });
    EXPECT_TRUE(loop.run_until(future, guard));
    return future.result();
  }

  caf::actor_system_config configuration;
  caf::actor_system system{configuration};
  manual_loop loop;
  multithreading_context context;
  std::shared_ptr<worker_pool> pool = context.make_pool({.worker_count = 1});
  executor user{loop, {.context = &context, .pool = pool}};
};

TEST_F(WorkerActorsTest, ThereIsOneForEachThread) {
  EXPECT_TRUE(static_cast<thread_pool&>(*pool).workers().empty());
  const auto worker = only_worker();
  EXPECT_EQ(only_worker(), worker);
  EXPECT_EQ(caf::actor_cast<caf::strong_actor_ptr>(worker)->get()->home_system().node(),
            worker.node());
}

TEST_F(WorkerActorsTest, TellThoseThatMonitorThemOfTheirEnd) {
  caf::scoped_actor self{system};
  self->monitor(only_worker());
  pool->close();
  EXPECT_EQ(reason_of_end(self), caf::exit_reason::user_shutdown);
}

TEST_F(WorkerActorsTest, AnswerAndIgnoreWhatTheyDoNotKnow) {
  testing::log_capture log;
  const auto worker = only_worker();
  caf::scoped_actor self{system};
  caf::error answer;
  self->request(worker, guard, 42).receive([] {}, [&](const caf::error& why) { answer = why; });
  EXPECT_EQ(answer, caf::make_error(caf::sec::unexpected_message)) << system.render(answer);
  EXPECT_EQ(log.count("unknown message"), 1);
  EXPECT_EQ(only_worker(), worker);
}

TEST_F(WorkerActorsTest, EndWithAnActorThatTheyAreLinkedTo) {
  const auto worker = only_worker();
  const auto before = thread_of_a_task();
  caf::scoped_actor self{system};
  self->monitor(worker);
  auto other =
      system.spawn([](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; }, 0);
  caf::actor_cast<caf::abstract_actor*>(worker)->add_link(
      caf::actor_cast<caf::abstract_actor*>(other));
  caf::anon_send_exit(other, caf::exit_reason::kill);
  EXPECT_EQ(reason_of_end(self), caf::exit_reason::kill);
  // The pool has another one.
  EXPECT_NE(only_worker(), worker);
  EXPECT_NE(thread_of_a_task(), std::thread::id());
  static_cast<void>(before);
}

TEST_F(WorkerActorsTest, EndAfterTheTaskThatTheyRun) {
  const auto worker = only_worker();
  const auto begun = context.make_event();
  const auto release = context.make_event();
  auto running = submit_call(
      user,
      [](event mine, event until) {
        mine.set();
        until.wait();
        return 7;
      },
      begun, release);
  auto waiting = submit_call(user, [] { return 8; });
  ASSERT_TRUE(begun.wait_for(guard));
  caf::scoped_actor self{system};
  self->monitor(worker);
  caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  release.set();
  ASSERT_TRUE(loop.run_until(running, guard));
  ASSERT_TRUE(loop.run_until(waiting, guard));
  EXPECT_EQ(running.result(), 7);
  EXPECT_EQ(waiting.result(), 8);
  EXPECT_EQ(reason_of_end(self), caf::exit_reason::user_shutdown);
}

TEST_F(WorkerActorsTest, MayBeHeldAfterEverythingElseHasGone) {
  const auto worker = only_worker();
  caf::scoped_actor self{system};
  self->monitor(worker);
  user.stop();
  pool->close();
  pool = nullptr;
  reason_of_end(self);
  caf::error answer;
  self->request(worker, guard, 42).receive([] {}, [&](const caf::error& why) { answer = why; });
  EXPECT_EQ(answer, caf::make_error(caf::sec::request_receiver_down));
}

}  // namespace
}  // namespace offstage
