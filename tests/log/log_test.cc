// Levels per room, and a sink of the user's.

#include "actors/log/log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/log_capture.h"

namespace offstage {
namespace {

TEST(LogTest, KeepsRecordsOfAtLeastTheLevelOfTheRoom) {
  testing::log_capture log;
  set_log_level(log_room::pool, log_level::debug);
  log::line(log_room::pool, log_level::debug, "pool {}", 1);
  log::line(log_room::pool, log_level::trace, "pool {}", 2);
  log::line(log_room::loop, log_level::info, "loop {}", 3);
  log::line(log_room::loop, log_level::error, "loop {}", 4);
  const auto records = log.records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].text, "pool 1");
  EXPECT_EQ(records[0].room, log_room::pool);
  EXPECT_EQ(records[0].level, log_level::debug);
  EXPECT_EQ(records[1].text, "loop 4");
  EXPECT_EQ(records[1].room, log_room::loop);
  EXPECT_EQ(records[1].level, log_level::error);
}

TEST(LogTest, NamesEveryRoomInItsRecords) {
  testing::log_capture log;
  const log_room rooms[] = {log_room::loop, log_room::router, log_room::future, log_room::executor,
                            log_room::pool, log_room::worker, log_room::context};
  for (const auto room : rooms) log::write(room, log_level::warning, to_string(room));
  const auto records = log.records();
  ASSERT_EQ(records.size(), std::size(rooms));
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].room, rooms[i]);
    EXPECT_EQ(records[i].text, to_string(rooms[i]));
  }
}

TEST(LogTest, SurvivesASinkThatThrows) {
  set_log_sink([](const log_record&) { throw std::runtime_error("full"); });
  log::write(log_room::loop, log_level::error, "lost");
  set_log_sink(nullptr);
}

TEST(LogTest, TurnsOff) {
  testing::log_capture log(log_level::off);
  log::write(log_room::loop, log_level::error, "unseen");
  EXPECT_TRUE(log.records().empty());
  EXPECT_FALSE(log::kept(log_room::loop, log_level::error));
}

TEST(LogTest, MayChangeItsSinkWhileOthersLog) {
  std::atomic<bool> quit{false};
  std::atomic<int> seen{0};
  set_log_sink([&](const log_record&) { ++seen; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!quit) log::write(log_room::loop, log_level::warning, "again");
    });
  }
  for (int i = 0; i < 200; ++i) set_log_sink([&](const log_record&) { ++seen; });
  while (seen < 100) std::this_thread::yield();
  quit = true;
  for (auto& each : threads) each.join();
  set_log_sink(nullptr);
}

}  // namespace
}  // namespace offstage
