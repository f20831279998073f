// What docs/guide/tasks-and-futures.md quotes.

#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "actors/offstage.h"
#include "tests/support/log_capture.h"

namespace {

constexpr std::chrono::seconds limit{60};

int word_count(const std::string& text) {
  std::istringstream words(text);
  int count = 0;
  for (std::string word; words >> word;) ++count;
  return count;
}

int to_number(const std::string& text) { return std::stoi(text); }

struct text_file {
  std::string text;
  int count() const { return word_count(text); }
};

class TasksAndFuturesTest : public ::testing::Test {
 protected:
  offstage::manual_loop loop;
  offstage::executor executor{loop, {.worker_count = 2}};
};

TEST(TasksAndFuturesStartTest, SubmitsACall) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};

  auto future = offstage::submit_call(executor, word_count, "to be or not to be");
  loop.run_until(future);
  EXPECT_EQ(future.result(), 6);
}

TEST_F(TasksAndFuturesTest, CallsWhateverCanBeCalled) {
  const std::string prefix = "nr ";
  auto named = offstage::submit_call(
      executor, [prefix](int n) { return prefix + std::to_string(n); }, 7);
  auto counted = offstage::submit_call(executor, &text_file::count, text_file{"two words"});
  ASSERT_TRUE(loop.run_until(named, limit));
  ASSERT_TRUE(loop.run_until(counted, limit));
  EXPECT_EQ(named.result(), "nr 7");
  EXPECT_EQ(counted.result(), 2);
}

TEST_F(TasksAndFuturesTest, TellsStateCancellableAndDoneInThisOrder) {
  auto future = offstage::submit_call(executor, word_count, "one");
  std::vector<std::string> told;
  future.on_done([&](const auto&) { told.push_back("done"); });
  future.on_cancellable([&](const auto&) { told.push_back("not cancellable"); });
  future.on_state([&](const auto& now) { told.emplace_back(to_string(now.state())); });
  loop.run_until(future);
  EXPECT_EQ(told, (std::vector<std::string>{"executing", "completed", "not cancellable", "done"}));
}

// Counts what it is asked to show.
class view {
 public:
  void observe(const offstage::call_future<std::string>& future) {
    future.on_done([this] { update(); });
    future.on_state([this](offstage::future_state state) { show(to_string(state)); });
    future.on_result([this](const std::string& text) { show(text); });
    future.on_failure([this](const offstage::failure& why) { show(why.summary()); });
    future.on_result([this](const auto& future, const std::string&) { forget(future.id()); });
  }

  int updates = 0;
  std::uint64_t forgotten = 0;
  std::vector<std::string> shown;

 private:
  void update() { ++updates; }
  void show(std::string_view what) { shown.emplace_back(what); }
  void forget(std::uint64_t which) { forgotten = which; }
};

TEST_F(TasksAndFuturesTest, GivesObserversWhatTheyTake) {
  view seen;
  auto future = offstage::submit_call(executor, [] { return std::string("text"); });
  seen.observe(future);
  loop.run_until(future);
  EXPECT_EQ(seen.updates, 1);
  EXPECT_EQ(seen.shown, (std::vector<std::string>{"executing", "completed", "text"}));
  EXPECT_EQ(seen.forgotten, future.id());
}

TEST_F(TasksAndFuturesTest, SaysWhyATaskEnded) {
  auto future = offstage::submit_call(executor, [] {});
  std::string note;
  future.on_done([&](const auto& ended) {
    if (ended.why() == offstage::end_reason::cancelled) note = "as you wished";
  });
  EXPECT_EQ(future.why(), offstage::end_reason::not_ended);
  future.cancel();
  loop.run_until(future);
  EXPECT_EQ(note, "as you wished");
}

TEST_F(TasksAndFuturesTest, StopsTellingWhoeverDisconnected) {
  auto future = offstage::submit_call(executor, word_count, "one");
  int calls = 0;
  auto subscription = future.on_state([&](const auto&) { ++calls; });
  subscription.disconnect();
  loop.run_until(future);
  EXPECT_EQ(calls, 0);
}

TEST_F(TasksAndFuturesTest, TellsLateObserversInTheNextTurn) {
  auto future = offstage::submit_call(executor, word_count, "one two");
  loop.run_until(future);
  std::optional<int> words;
  future.on_result([&](const auto& done) { words = done.result(); });
  EXPECT_FALSE(words.has_value());  // Not from within on_result.
  loop.run_until([&] { return words.has_value(); });
  EXPECT_EQ(words, 2);
}

TEST_F(TasksAndFuturesTest, MovesAResultOutOnce) {
  auto future = offstage::submit_call(executor, [] { return std::make_unique<int>(12); });
  loop.run_until(future);
  const std::unique_ptr<int> number = future.take_result();
  EXPECT_EQ(*number, 12);
  EXPECT_THROW(future.result(), offstage::result_taken);
}

TEST_F(TasksAndFuturesTest, SaysWhyATaskFailed) {
  auto future = offstage::submit_call(executor, to_number, "many");
  std::string shown;
  future.on_failure([&](const auto& failed) { shown = failed.failure().summary(); });
  loop.run_until(future);
  EXPECT_EQ(shown, "std::invalid_argument: stoi");
}

TEST_F(TasksAndFuturesTest, NestsTheOriginalException) {
  auto future = offstage::submit_call(executor, to_number, "many");
  loop.run_until(future);
  bool no_number = false;
  try {
    future.result();
  } catch (const offstage::task_failed& failed) {
    try {
      std::rethrow_if_nested(failed);
    } catch (const std::invalid_argument&) {
      no_number = true;
    }
  }
  EXPECT_TRUE(no_number);
}

TEST_F(TasksAndFuturesTest, NamesTheStateWhereThereIsNoResult) {
  auto future = offstage::submit_call(executor, word_count, "one");
  EXPECT_THROW(future.result(), offstage::not_done);
  EXPECT_THROW(future.failure(), offstage::not_done);
  EXPECT_TRUE(future.cancel());
  EXPECT_TRUE(loop.run_until(future, limit));
  EXPECT_THROW(future.result(), offstage::task_cancelled);
  EXPECT_THROW(offstage::call_future<int>().state(), offstage::not_done);
}

TEST_F(TasksAndFuturesTest, GoesOnWithoutAHandle) {
  std::optional<int> words;
  offstage::submit_call(executor, word_count, "one two three").on_result([&](const auto& done) {
    words = done.result();
  });
  ASSERT_TRUE(loop.run_until([&] { return words.has_value(); }, limit));
  EXPECT_EQ(words, 3);
}

TEST_F(TasksAndFuturesTest, CopiesTexts) {
  std::string text = "to be or not to be";
  auto future = offstage::submit_call(executor, word_count, text.c_str());
  text = "gone";
  loop.run_until(future);
  EXPECT_EQ(future.result(), 6);
}

TEST_F(TasksAndFuturesTest, PassesAReferenceThatIsAskedFor) {
  std::vector<int> numbers{3, 1, 2};
  auto future = offstage::submit_call(
      executor, [](std::vector<int>& out) { out.push_back(4); }, std::ref(numbers));
  loop.run_until(future);
  EXPECT_EQ(numbers.size(), 4U);
}

TEST_F(TasksAndFuturesTest, DestroysTheCallableBeforeTheFutureIsDone) {
  auto held = std::make_shared<int>(1);
  auto future = offstage::submit_call(executor, [held] { return *held; });
  long holders = 0;
  future.on_done([&](const auto&) { holders = held.use_count(); });
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(holders, 1);
}

TEST_F(TasksAndFuturesTest, SaysOfAFailureThatNobodyLookedAt) {
  offstage::testing::log_capture log;
  {
    auto seen = offstage::submit_call(executor, to_number, "many");
    auto unseen = offstage::submit_call(executor, to_number, "many");
    ASSERT_TRUE(loop.run_until(seen, limit) && loop.run_until(unseen, limit));
    EXPECT_EQ(seen.state(), offstage::future_state::failed);
    EXPECT_TRUE(unseen.done());
  }
  EXPECT_EQ(log.count("nobody looked at it"), 1);
}

}  // namespace
