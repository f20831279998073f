// The locks, and what the second compiler says of wrong ones.

#include "actors/sync/mutex.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/compiler.h"

namespace offstage::sync {
namespace {

// The flags of `--config=clang`.
std::string flags() {
  std::ifstream lines(".bazelrc");
  std::string out;
  bool of_clang = false;
  for (std::string word; lines >> word;) {
    if (word == "build" || word.starts_with("build:")) of_clang = word == "build:clang";
    if (of_clang && word.starts_with("--copt=")) out += " " + word.substr(7);
  }
  return out;
}

// What clang says of these members of a class with a mutex, a number that it guards, and a function
// for each way to be called.
std::string compile(const std::string& members) {
  return testing::compile(
      "#include \"actors/sync/mutex.h\"\n"
      "using namespace offstage::sync;\n"
      "class account {\n"
      " public:\n"
      "  void with() OFFSTAGE_REQUIRES(mutex_) { ++amount_; }\n"
      "  void without() OFFSTAGE_EXCLUDES(mutex_) { lock held(mutex_); ++amount_; }\n" +
          members +
          "\n private:\n"
          "  mutex mutex_;\n"
          "  condition changed_;\n"
          "  int amount_ OFFSTAGE_GUARDED_BY(mutex_) = 0;\n"
          "};\n",
      "clang++" + flags());
}

::testing::AssertionResult refused_with(const std::string& members, const std::string& text) {
  return testing::is_one_error(compile(members), text);
}

TEST(MutexTest, CompilesWithClangWhereItIsUsedRightly) {
  ASSERT_NE(flags().find("thread-safety"), std::string::npos);
  EXPECT_EQ(compile("void f() { { lock held(mutex_); ++amount_; with(); } without(); }"
                    "void g() { lock held(mutex_); while (amount_ == 0) changed_.wait(held); }"
                    "void h() { lock held(mutex_); held.release(); without(); held.reacquire(); "
                    "with(); }"),
            "");
}

TEST(MutexTest, DoesNotCompileWithClangWhereItIsNotHeld) {
  EXPECT_TRUE(refused_with("void f() { ++amount_; }", "requires holding mutex 'mutex_'"));
  EXPECT_TRUE(refused_with("int f() const { return amount_; }", "requires holding mutex 'mutex_'"));
  EXPECT_TRUE(refused_with("void f() { with(); }", "requires holding mutex 'mutex_'"));
  EXPECT_TRUE(refused_with("void f() { { lock held(mutex_); } ++amount_; }",
                           "requires holding mutex 'mutex_'"));
  EXPECT_TRUE(refused_with("void f() { lock held(mutex_); held.release(); ++amount_; }",
                           "requires holding mutex 'mutex_'"));
  EXPECT_TRUE(refused_with("void f(account& other) { lock held(other.mutex_); ++amount_; }",
                           "requires holding mutex 'mutex_'"));
}

TEST(MutexTest, DoesNotCompileWithClangWhereItIsHeldAndMayNotBe) {
  EXPECT_TRUE(
      refused_with("void f() { lock held(mutex_); without(); }", "while mutex 'mutex_' is held"));
  EXPECT_TRUE(refused_with("void f() OFFSTAGE_REQUIRES(mutex_) { without(); }",
                           "while mutex 'mutex_' is held"));
  EXPECT_TRUE(refused_with("void f() { lock held(mutex_); lock again(mutex_); }",
                           "acquiring mutex 'mutex_' that is already held"));
}

TEST(MutexTest, CountsWhatTheThreadHolds) {
  mutex first;
  mutex second;
  EXPECT_EQ(mutex::held_by_this_thread(), 0);
  {
    lock one(first);
    EXPECT_EQ(mutex::held_by_this_thread(), 1);
    {
      lock other(second);
      EXPECT_EQ(mutex::held_by_this_thread(), 2);
      std::thread([] { EXPECT_EQ(mutex::held_by_this_thread(), 0); }).join();
    }
    one.release();
    EXPECT_EQ(mutex::held_by_this_thread(), 0);
    one.reacquire();
    EXPECT_EQ(mutex::held_by_this_thread(), 1);
  }
  EXPECT_EQ(mutex::held_by_this_thread(), 0);
}

TEST(MutexTest, IsHeldByOneThreadAtATime) {
  mutex guards;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10000; ++k) {
        lock held(guards);
        ++count;
      }
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_EQ(count, 40000);
}

TEST(ConditionTest, LetsTheMutexGoWhileItWaitsAndHoldsItAfterwards) {
  mutex guards;
  condition changed;
  bool asked = false;
  bool answered = false;
  std::thread other([&] {
    lock held(guards);
    while (!asked) changed.wait(held);
    answered = true;
    changed.notify_all();
  });
  {
    lock held(guards);
    asked = true;
    changed.notify_all();
    while (!answered) changed.wait_until(held, std::nullopt);
    EXPECT_EQ(mutex::held_by_this_thread(), 1);
  }
  other.join();
}

TEST(ConditionTest, WaitsUntilAMomentAtMost) {
  using clock = std::chrono::steady_clock;
  mutex guards;
  condition changed;
  lock held(guards);
  EXPECT_FALSE(changed.wait_until(held, clock::now() - std::chrono::hours(1)));
  const auto end = clock::now() + std::chrono::milliseconds(5);
  while (changed.wait_until(held, end)) {
  }
  EXPECT_GE(clock::now(), end);
  EXPECT_EQ(mutex::held_by_this_thread(), 1);
}

}  // namespace
}  // namespace offstage::sync
