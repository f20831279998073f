// The cells that a worker process and its parent share: here, two mappings of one page.

#include "actors/node/control_page.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace offstage {
namespace {

constexpr cell_state all_states[] = {
    cell_state::free,   cell_state::waiting,   cell_state::running, cell_state::ended,
    cell_state::killed, cell_state::cancelled, cell_state::recalled};

descriptor copy_of(int number) { return descriptor(fcntl(number, F_DUPFD_CLOEXEC, 0)); }

struct ControlPageTest : ::testing::Test {
  control_page parents;
  control_page childs{copy_of(parents.handle())};
};

TEST_F(ControlPageTest, BeginsWithFreeCellsThatKnowNothing) {
  for (std::uint16_t i = 0; i < control_page::cell_count; ++i) {
    const auto& each = childs.at(i);
    EXPECT_EQ(each.state, cell_state::free);
    EXPECT_FALSE(each.cancel);
    EXPECT_EQ(each.held, 0U);
    EXPECT_EQ(each.delivered, 0U);
    EXPECT_EQ(each.delivered_bytes, 0U);
  }
}

TEST_F(ControlPageTest, MovesACellFromTheStateItIsInAndFromNoOther) {
  auto& here = parents.at(7);
  auto& there = childs.at(7);
  for (const auto actual : all_states) {
    for (const auto from : all_states) {
      for (const auto to : all_states) {
        here.state = actual;
        EXPECT_EQ(there.move(from, to), from == actual);
        EXPECT_EQ(here.state, from == actual ? to : actual);
      }
    }
  }
}

TEST_F(ControlPageTest, LeavesTheNeighboursOfACellAlone) {
  for (std::uint16_t i = 0; i < control_page::cell_count; ++i) {
    parents.at(i).state = cell_state::waiting;
    parents.at(i).delivered = i;
  }
  EXPECT_TRUE(childs.at(100).move(cell_state::waiting, cell_state::running));
  for (std::uint16_t i = 0; i < control_page::cell_count; ++i) {
    EXPECT_EQ(parents.at(i).state, i == 100 ? cell_state::running : cell_state::waiting);
    EXPECT_EQ(childs.at(i).delivered, i);
  }
}

TEST_F(ControlPageTest, GivesATaskToWhoeverComesFirst) {
  // The child begins it, the parent cancels it, and the parent recalls it, all at once.
  for (int round = 0; round < 500; ++round) {
    auto& here = parents.at(0);
    here.state = cell_state::waiting;
    std::atomic<int> ready{0};
    std::atomic<int> won{0};
    const auto try_to = [&](control_page& side, cell_state to) {
      ++ready;
      while (ready < 3) std::this_thread::yield();
      if (side.at(0).move(cell_state::waiting, to)) ++won;
    };
    std::thread begins([&] { try_to(childs, cell_state::running); });
    std::thread cancels([&] { try_to(parents, cell_state::cancelled); });
    try_to(parents, cell_state::recalled);
    begins.join();
    cancels.join();
    ASSERT_EQ(won, 1);
    ASSERT_NE(here.state, cell_state::waiting);
  }
}

TEST_F(ControlPageTest, ForgetsTheTaskBeforeButNotTheState) {
  auto& one = parents.at(3);
  one.state = cell_state::ended;
  one.cancel = true;
  one.held = 1;
  one.deliver(100);
  one.reset();
  EXPECT_EQ(one.state, cell_state::ended);
  EXPECT_FALSE(one.cancel);
  EXPECT_EQ(one.held, 0U);
  EXPECT_EQ(one.delivered, 0U);
  EXPECT_EQ(one.delivered_bytes, 0U);
}

TEST_F(ControlPageTest, CountsWhatWasDelivered) {
  for (int i = 1; i <= 10; ++i) parents.at(3).deliver(static_cast<std::size_t>(i));
  EXPECT_EQ(childs.at(3).delivered, 10U);
  EXPECT_EQ(childs.at(3).delivered_bytes, 55U);
}

TEST_F(ControlPageTest, LetsAWorkerGoOnWhenAsMuchWasDeliveredAsItWants) {
  auto& here = parents.at(3);
  auto& there = childs.at(3);
  there.wanted = 3;
  there.wanted_bytes = 100;
  there.held = 1;
  std::promise<void> went_on;
  std::thread worker([&] {
    while (there.held == 1) futex_wait(there.held, 1);
    went_on.set_value();
  });
  for (int i = 0; i < 3; ++i) {
    here.deliver(30);
    EXPECT_EQ(there.held, 1U);
  }
  here.deliver(10);
  EXPECT_EQ(there.held, 0U);
  EXPECT_EQ(went_on.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  worker.join();
}

TEST_F(ControlPageTest, LetsAWorkerGoOnWhenItIsReleased) {
  auto& there = childs.at(3);
  there.wanted = 1000;
  there.held = 1;
  std::promise<void> went_on;
  std::thread worker([&] {
    while (there.held == 1) futex_wait(there.held, 1);
    went_on.set_value();
  });
  parents.at(3).release();
  EXPECT_EQ(went_on.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  worker.join();
}

}  // namespace
}  // namespace offstage
