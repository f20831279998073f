// Levels per room, and a sink of the user's.

#include "actors/log/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/sync/mutex.h"
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
  for (std::size_t i = 0; i < log_room_count; ++i) {
    const auto room = static_cast<log_room>(i);
    log::write(room, log_level::warning, to_string(room));
  }
  const auto records = log.records();
  ASSERT_EQ(records.size(), log_room_count);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].room, static_cast<log_room>(i));
    EXPECT_EQ(records[i].text, to_string(static_cast<log_room>(i)));
  }
}

TEST(LogTest, TakesRecordsOfTheApplication) {
  testing::log_capture log;
  set_log_level(log_room::application, log_level::info);
  EXPECT_TRUE(should_log(log_level::info));
  EXPECT_FALSE(should_log(log_level::debug));
  EXPECT_FALSE(should_log(log_level::off));
  const auto before = std::chrono::system_clock::now();
  write_log(log_level::info, "mine");
  write_log(log_level::debug, "unseen");
  write_log(log_level::off, "unseen");
  const auto records = log.records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].text, "mine");
  EXPECT_EQ(records[0].level, log_level::info);
  EXPECT_EQ(records[0].room, log_room::application);
  EXPECT_EQ(records[0].process, ::getpid());
  EXPECT_EQ(records[0].task, 0U);
  EXPECT_GE(records[0].time, before);
  EXPECT_LE(records[0].time, std::chrono::system_clock::now());
}

TEST(LogTest, KnowsTheTaskOfTheThread) {
  testing::log_capture log;
  {
    const log::task_scope outer(7);
    write_log(log_level::error, "outer");
    {
      const log::task_scope inner(8);
      write_log(log_level::error, "inner");
    }
    write_log(log_level::error, "outer again");
    std::thread([] { write_log(log_level::error, "elsewhere"); }).join();
  }
  write_log(log_level::error, "after");
  std::vector<std::uint64_t> tasks;
  for (const auto& each : log.records()) tasks.push_back(each.task);
  EXPECT_EQ(tasks, (std::vector<std::uint64_t>{7, 8, 7, 0, 0}));
}

TEST(LogTest, TellsWhereARecordComesFromOnStderr) {
  set_log_sink(nullptr);
  ::testing::internal::CaptureStderr();
  write_log(log_level::error, "of nobody");
  {
    const log::task_scope task(12);
    write_log(log_level::error, "of a task");
    log::write(log_room::pool, log_level::error, "of a room");
  }
  log::deliver({{}, log_level::warning, log_room::node, -2, 0, "of a process"});
  log::deliver({{}, log_level::warning, log_room::application, -2, 13, "of a task there"});
  const auto printed = ::testing::internal::GetCapturedStderr();
  for (const std::string expected :
       {"[application] [error] of nobody\n", "[application] [error] [task 12] of a task\n",
        "[offstage.pool] [error] [task 12] of a room\n",
        "[offstage.node] [warning] [process -2] of a process\n",
        "[application] [warning] [process -2, task 13] of a task there\n"}) {
    EXPECT_NE(printed.find(expected), std::string::npos) << expected << printed;
  }
}

// Takes what is even.
class half_a_carrier final : public log::carrier {
 public:
  bool carry(const log_record& record) noexcept override {
    if (record.text.size() % 2 != 0) return false;
    carried.emplace_back(record.text);
    return true;
  }
  std::vector<std::string> carried;
};

TEST(LogTest, GoesWithTheCarrierOfItsThread) {
  testing::log_capture log;
  half_a_carrier carrier;
  std::thread([&] {
    log::carry_for_thread(carrier);
    write_log(log_level::error, "even");
    write_log(log_level::error, "odd");
    write_log(log_level::debug, "not kept");
  }).join();
  write_log(log_level::error, "here");
  EXPECT_EQ(carrier.carried, std::vector<std::string>{"even"});
  ASSERT_EQ(log.records().size(), 2U);
  EXPECT_EQ(log.records()[0].text, "odd");
  EXPECT_EQ(log.records()[1].text, "here");
}

TEST(LogTest, MayHaveItsLevelsElsewhere) {
  testing::log_capture log;
  set_log_level(log_room::pool, log_level::info);
  static log::level_table first{};
  static log::level_table second{};
  log::share_levels(first);
  EXPECT_TRUE(log::kept(log_room::pool, log_level::info));
  EXPECT_FALSE(log::kept(log_room::loop, log_level::info));
  // Nobody has set anything there.
  log::follow_levels(second);
  EXPECT_FALSE(log::kept(log_room::pool, log_level::info));
  EXPECT_TRUE(log::kept(log_room::pool, log_level::warning));
  // Somebody else does.
  second.least[static_cast<std::size_t>(log_room::pool)] =
      first.least[static_cast<std::size_t>(log_room::pool)].load();
  EXPECT_TRUE(log::kept(log_room::pool, log_level::info));
  // What is none keeps nothing.
  second.least[static_cast<std::size_t>(log_room::pool)] = 0xff;
  EXPECT_FALSE(log::kept(log_room::pool, log_level::error));
}

TEST(LogTest, SurvivesASinkThatThrows) {
  set_log_sink([](const log_record&) { throw std::runtime_error("full"); });
  log::write(log_room::loop, log_level::error, "lost");
  set_log_sink(nullptr);
}

TEST(LogTest, GivesNothingToASinkThatItLogsItself) {
  std::atomic<int> calls{0};
  set_log_sink([&](const log_record& record) {
    ++calls;
    write_log(log_level::error, "again: " + std::string(record.text));
    log::line(log_room::pool, log_level::error, "of a room that the sink calls");
    // What another thread logs meanwhile is another's.
    if (record.text == "first") std::thread([] { write_log(log_level::error, "beside"); }).join();
  });
  ::testing::internal::CaptureStderr();
  write_log(log_level::error, "first");
  const auto printed = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(calls, 2);
  EXPECT_NE(printed.find("[application] [error] again: first\n"), printed.npos) << printed;
  EXPECT_NE(printed.find("[application] [error] again: beside\n"), printed.npos) << printed;
  EXPECT_NE(printed.find("[offstage.pool] [error] of a room that"), printed.npos) << printed;
  // Also after one that threw in between.
  set_log_sink([&](const log_record&) {
    ++calls;
    throw std::runtime_error("full");
  });
  write_log(log_level::error, "second");
  write_log(log_level::error, "third");
  EXPECT_EQ(calls, 4);
  set_log_sink(nullptr);
}

// Logs, and takes the sink away, when it goes.
struct talks_at_its_end {
  std::atomic<int>& ends;
  ~talks_at_its_end() {
    ++ends;
    write_log(log_level::error, "a sink has gone");
    set_log_sink(nullptr);
  }
};

TEST(LogTest, DestroysASinkWithNoLockHeld) {
  std::atomic<int> ends{0};
  std::vector<std::string> heard;
  auto state = std::shared_ptr<talks_at_its_end>(new talks_at_its_end{ends});
  set_log_sink([state = std::move(state)](const log_record&) {});
  set_log_sink([&](const log_record& record) { heard.emplace_back(record.text); });
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(heard, std::vector<std::string>{"a sink has gone"});
}

TEST(LogTest, KeepsASinkThatWasReplacedUntilItsCallHasReturned) {
  std::atomic<int> ends{0};
  std::promise<void> called;
  std::promise<void> go;
  auto state = std::shared_ptr<talks_at_its_end>(new talks_at_its_end{ends});
  set_log_sink([&, state = std::move(state)](const log_record& record) {
    if (record.text != "long") return;
    called.set_value();
    go.get_future().wait();
    EXPECT_EQ(ends, 0);
  });
  std::thread caller([] { write_log(log_level::error, "long"); });
  called.get_future().wait();
  std::vector<std::string> heard;
  set_log_sink([&](const log_record& record) { heard.emplace_back(record.text); });
  EXPECT_EQ(ends, 0);
  go.set_value();
  caller.join();
  // The call's thread destroyed it, as the last one to use it.
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(heard, std::vector<std::string>{"a sink has gone"});
}

#ifndef NDEBUG
TEST(LogDeathTest, WritesNothingWhileAMutexIsHeld) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto with_a_mutex = [](auto&& body) {
    sync::mutex mutex;
    sync::lock held(mutex);
    body();
  };
  EXPECT_DEATH(with_a_mutex([] { log::write(log_room::pool, log_level::error, "no"); }),
               "offstage.pool.*a bug of Offstage: a record of level 'error' is written");
  // Also what nobody keeps today.
  EXPECT_DEATH(with_a_mutex([] { log::line(log_room::node, log_level::debug, "no {}", 1); }),
               "offstage.node.*a bug of Offstage: a record of level 'debug' is written");
  with_a_mutex([] {
    sync::mutex other;
    sync::lock held(other);
  });
}
#endif

TEST(LogTest, ACopyOfTheProcessLogsWhileAThreadThatItDoesNotHaveIsKeptWriting) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int capacity = fcntl(ends[1], F_GETPIPE_SZ);
  ASSERT_GT(capacity, 0);
  ASSERT_LE(capacity, int(log::text_bytes_max));
  const int before = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  // With what is in front of it, this does not fit.
  std::thread writer([] { write_log(log_level::error, std::string(log::text_bytes_max, 'x')); });
  for (int there = 0; there < capacity;) ASSERT_EQ(ioctl(ends[0], FIONREAD, &there), 0);
  const auto copy = fork();
  if (copy == 0) {
    alarm(10);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    write_log(log_level::error, "the copy");
    _exit(0);
  }
  int status = 1;
  EXPECT_EQ(waitpid(copy, &status, 0), copy);
  EXPECT_EQ(status, 0);
  dup2(before, STDERR_FILENO);
  close(ends[1]);
  std::vector<char> text(static_cast<std::size_t>(capacity));
  while (read(ends[0], text.data(), text.size()) > 0) {
  }
  writer.join();
  close(ends[0]);
  close(before);
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
