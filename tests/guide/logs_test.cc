// What docs/guide/logs.md quotes.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "actors/offstage.h"

namespace {

constexpr std::chrono::seconds limit{60};

std::string describe(const std::string& file) { return "all about " + file; }

int convert(const std::string& file) {
  offstage::write_log(offstage::log_level::info, "converting " + file);
  if (offstage::should_log(offstage::log_level::debug)) {
    offstage::write_log(offstage::log_level::debug, describe(file));
  }
  return 0;
}

void run_out_of_cheese() {
  std::fputs("out of cheese\n", stderr);
  std::abort();
}

TEST(LogsTest, ArriveFromWorkers) {
  std::mutex mutex;
  std::vector<std::string> lines;
  offstage::set_log_sink([&](const offstage::log_record& record) {
    std::lock_guard lock(mutex);
    lines.push_back(std::string(to_string(record.level)) + " of task " +
                    std::to_string(record.task) + ": " + std::string(record.text));
  });
  offstage::set_log_level(offstage::log_room::application, offstage::log_level::debug);
  std::string task;
  {
    offstage::manual_loop loop;
    offstage::multiprocessing_context context;
    offstage::executor executor{loop, {.context = &context, .worker_count = 1}};
    auto future = offstage::submit_call(executor, convert, std::string("one.png"));
    task = std::to_string(future.id());
    ASSERT_TRUE(loop.run_until(future, limit));
  }
  offstage::set_log_level(offstage::log_level::warning);
  offstage::set_log_sink(nullptr);
  EXPECT_EQ(lines, (std::vector<std::string>{"info of task " + task + ": converting one.png",
                                             "debug of task " + task + ": all about one.png"}));
}

TEST(LogsTest, KeepWhatADeadWorkerPrinted) {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
  offstage::executor executor{loop, {.context = &context, .worker_count = 1}};
  auto crashing = offstage::submit_call(executor, run_out_of_cheese);
  ASSERT_TRUE(loop.run_until(crashing, limit));
  ASSERT_EQ(crashing.state(), offstage::future_state::failed);
  EXPECT_EQ(crashing.failure().output, "out of cheese\n");
}

}  // namespace
