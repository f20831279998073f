// What docs/guide/care-for-workers.md quotes.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/offstage.h"

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds limit{60};

int slow_square(int n) { return n * n; }

std::unique_ptr<std::string> model;

// --- Initializers.

void load_model(const std::string& path) {
  if (path.empty()) throw std::invalid_argument("a model needs a path");
  model = std::make_unique<std::string>("the model in " + path);
}

std::string ask_model() { return *model; }

class CareForWorkersTest : public ::testing::Test {
 protected:
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
};

TEST_F(CareForWorkersTest, BeginsWithAnInitializer) {
  offstage::executor executor{loop,
                              {.context = &context,
                               .worker_count = 2,
                               .initializer = offstage::initialize_with(load_model, "large.bin")}};
  auto answer = offstage::submit_call(executor, ask_model);
  ASSERT_TRUE(loop.run_until(answer, limit));
  EXPECT_EQ(answer.result(), "the model in large.bin");
}

TEST_F(CareForWorkersTest, SaysWhyAnInitializerFailed) {
  offstage::executor executor{
      loop, {.context = &context, .initializer = offstage::initialize_with(load_model, "")}};
  auto answer = offstage::submit_call(executor, ask_model);
  ASSERT_TRUE(loop.run_until(answer, limit));
  ASSERT_EQ(answer.state(), offstage::future_state::failed);
  EXPECT_EQ(answer.failure().kind, offstage::failure_kind::infrastructure);
  EXPECT_NE(answer.failure().what.find("raised in its initializer"), std::string::npos);
}

// --- Surroundings.

std::string surroundings() {
  return std::string(::getenv("MODEL_CACHE")) + " " + std::filesystem::current_path().string();
}

TEST_F(CareForWorkersTest, GivesSurroundings) {
  offstage::worker_care care;
  care.environment = {"MODEL_CACHE=/tmp/models"};
  care.working_directory = "/tmp";
  offstage::executor executor{loop, {.context = &context, .processes = care}};
  auto found = offstage::submit_call(executor, surroundings);
  ASSERT_TRUE(loop.run_until(found, limit));
  EXPECT_EQ(found.result(), "/tmp/models /tmp");
}

// --- Recycling.

TEST_F(CareForWorkersTest, Recycles) {
  offstage::worker_care care;
  care.tasks_max = 1000;
  care.memory_growth_max = 200 << 20;
  care.idle_time_max = 30s;
  care.idle_workers_min = 1;
  offstage::executor executor{loop, {.context = &context, .worker_count = 2, .processes = care}};
  std::set<int> processes;
  std::vector<offstage::call_future<int>> futures;
  for (int i = 0; i < 3000; ++i) futures.push_back(offstage::submit_call(executor, ::getpid));
  for (const auto& each : futures) {
    ASSERT_TRUE(loop.run_until(each, limit));
    processes.insert(each.result());
  }
  EXPECT_GE(processes.size(), 3U);
}

// --- Memory.

std::size_t read_everything(std::size_t bytes) { return std::vector<char>(bytes, 'x').size(); }

TEST_F(CareForWorkersTest, LimitsMemory) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP();
#endif
  std::string said;
  offstage::worker_care care;
  care.memory_max = std::size_t{512} << 20;
  offstage::executor executor{loop, {.context = &context, .worker_count = 1, .processes = care}};
  auto future = offstage::submit_call(executor, read_everything, std::size_t{4} << 30);
  future.on_failure([&](const auto& failed) {
    if (failed.failure().kind == offstage::failure_kind::out_of_memory) said = "too large";
  });
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(said, "too large");
}

// --- Deaths.

int fetch(int n) {
  const auto mark = std::filesystem::temp_directory_path() /
                    ("care_for_workers_" + std::to_string(::getppid()) + "_" + std::to_string(n));
  if (std::filesystem::create_directory(mark)) ::raise(SIGKILL);
  std::filesystem::remove(mark);
  return n;
}

TEST_F(CareForWorkersTest, RunsAgainWhatMayBeRunAgain) {
  offstage::worker_care care;
  care.worker_deaths = offstage::on_worker_death::retry;
  care.retries_max = 2;
  offstage::executor executor{loop, {.context = &context, .worker_count = 1, .processes = care}};
  auto page = offstage::submit_call(executor, offstage::idempotent(fetch), 5);
  auto other = offstage::submit_call(executor, slow_square, 5);
  ASSERT_TRUE(loop.run_until(page, limit));
  ASSERT_TRUE(loop.run_until(other, limit));
  EXPECT_EQ(page.result(), 5);
  EXPECT_EQ(other.result(), 25);
}

}  // namespace
