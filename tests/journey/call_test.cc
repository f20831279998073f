// What may be called, with what, and who holds it for how long.

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "actors/offstage.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

class CallTest : public ::testing::Test {
 protected:
  template <class Future>
  bool wait(const Future& future) {
    return loop.run_until(future, guard);
  }

  manual_loop loop;
  executor user{loop, {.worker_count = 2}};
};

struct adder {
  int base;
  int add(int n) const { return base + n; }
};

TEST_F(CallTest, CallsFunctionsLambdasMembersAndFunctionObjects) {
  auto member = submit_call(user, &adder::add, adder{40}, 2);
  auto pointed = submit_call(user, &adder::add, std::make_shared<adder>(adder{50}), 2);
  auto owned = submit_call(user, &adder::add, std::make_unique<adder>(adder{60}), 2);
  const adder lasting{70};
  auto data = submit_call(user, &adder::base, &lasting);
  auto object = submit_call(user, std::function<int(int)>([](int n) { return n; }), 80);
  auto generic = submit_call(
      user, [](auto... numbers) { return (numbers + ...); }, 1, 2, 3);
  for (const auto* each : {&member, &pointed, &owned, &object, &generic}) ASSERT_TRUE(wait(*each));
  ASSERT_TRUE(wait(data));
  EXPECT_EQ(member.result(), 42);
  EXPECT_EQ(pointed.result(), 52);
  EXPECT_EQ(owned.result(), 62);
  EXPECT_EQ(data.result(), 70);
  EXPECT_EQ(object.result(), 80);
  EXPECT_EQ(generic.result(), 6);
}

TEST_F(CallTest, MovesWhatCannotBeCopied) {
  auto argument = std::make_unique<int>(5);
  auto future = submit_call(
      user,
      [captured = std::make_unique<int>(6)](std::unique_ptr<int> given) {
        return std::make_unique<int>(*captured * *given);
      },
      std::move(argument));
  EXPECT_EQ(argument, nullptr);
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(*future.result(), 30);
  const std::unique_ptr<int> taken = future.take_result();
  EXPECT_EQ(*taken, 30);
  EXPECT_THROW(future.result(), result_taken);
  EXPECT_THROW(future.take_result(), result_taken);
}

struct pinned {
  explicit pinned(int n) : number(n) {}
  pinned(const pinned&) = delete;
  int number;
};

TEST_F(CallTest, KeepsResultsThatCannotEvenBeMoved) {
  auto future = submit_call(user, [] { return pinned(7); });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.result().number, 7);
}

TEST_F(CallTest, ReturnsReferencesAndNothing) {
  int target = 1;
  auto reference = submit_call(user, [&target]() -> int& { return target; });
  auto nothing = submit_call(user, [] {});
  ASSERT_TRUE(wait(reference));
  ASSERT_TRUE(wait(nothing));
  EXPECT_EQ(&reference.result(), &target);
  EXPECT_EQ(&reference.take_result(), &target);
  EXPECT_THROW(reference.result(), result_taken);
  EXPECT_NO_THROW(nothing.result());
}

TEST_F(CallTest, FailsWhereThereIsNothingToCall) {
  int (*none)() = nullptr;
  int (adder::*no_member)(int) const = nullptr;
  auto function = submit_call(user, none);
  auto member = submit_call(user, no_member, adder{1}, 2);
  auto object = submit_call(user, std::function<int()>());
  for (const auto* each : {&function, &member, &object}) {
    ASSERT_TRUE(wait(*each));
    EXPECT_EQ(each->failure().type, "std::bad_function_call");
  }
}

TEST_F(CallTest, RefusesAPreparedTaskThatWasTaken) {
  std::atomic<int> ran{0};
  auto once = prepare_call([&] { ++ran; });
  auto future = user.submit(std::move(once));
  EXPECT_THROW(user.submit(std::move(once)), task_taken);
  auto moved = prepare_progress({}, [](progress<int>&) {});
  auto kept = std::move(moved);
  EXPECT_THROW(user.submit(std::move(moved)), task_taken);
  EXPECT_EQ(user.open_tasks(), 1U);
  auto second = user.submit(std::move(kept));
  ASSERT_TRUE(wait(future) && wait(second));
  EXPECT_EQ(ran, 1);
}

TEST_F(CallTest, CopiesTextsAtSubmission) {
  std::string text = "before, and long enough not to fit into a small string";
  const std::string expected = text;
  auto pointer = submit_call(
      user, [](const char* given) { return std::string(given); },
      static_cast<const char*>(text.data()));
  auto view = submit_call(
      user, [](std::string_view given) { return std::string(given); }, std::string_view(text));
  auto as_string = submit_call(
      user, [](const std::string& given) { return given; }, text.c_str());
  auto literal = submit_call(
      user, [](const std::string& given) { return given; }, "literal");
  auto null = submit_call(
      user, [](const char* given) { return given == nullptr; }, static_cast<const char*>(nullptr));
  text.assign(text.size(), '#');
  ASSERT_TRUE(wait(pointer) && wait(view) && wait(as_string) && wait(literal) && wait(null));
  EXPECT_EQ(pointer.result(), expected);
  EXPECT_EQ(view.result(), expected);
  EXPECT_EQ(as_string.result(), expected);
  EXPECT_EQ(literal.result(), "literal");
  EXPECT_TRUE(null.result());
}

TEST_F(CallTest, PassesReferencesThatAreAskedFor) {
  int target = 1;
  auto future = submit_call(
      user, [](int& given) { given = 9; }, std::ref(target));
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(target, 9);
}

TEST_F(CallTest, GivesAStopTokenOnlyWhereThePlainCallIsIllFormed) {
  auto with = submit_call(
      user, [](std::stop_token token, int n) { return token.stop_possible() ? n : 0; }, 3);
  auto optional = submit_call(
      user, [](std::optional<std::stop_token> token = std::nullopt) { return token.has_value(); });
  ASSERT_TRUE(wait(with));
  ASSERT_TRUE(wait(optional));
  EXPECT_EQ(with.result(), 3);
  EXPECT_FALSE(optional.result());
}

// Waits until stop is requested, and says so from within a stop callback, by its thread.
std::thread::id thread_of_stop_callback(std::stop_token token, event begun) {
  std::mutex mutex;
  std::condition_variable called;
  std::optional<std::thread::id> where;
  std::stop_callback callback(token, [&] {
    std::lock_guard lock(mutex);
    where = std::this_thread::get_id();
    called.notify_one();
  });
  begun.set();
  std::unique_lock lock(mutex);
  called.wait(lock, [&] { return where.has_value(); });
  return *where;
}

TEST_F(CallTest, RunsStopCallbacksNeitherAtHomeNorOnTheWorker) {
  const auto begun = user.context().make_event();
  std::thread::id worker;
  std::thread::id stopper;
  auto future = submit_call(user, [&](std::stop_token token) {
    worker = std::this_thread::get_id();
    stopper = thread_of_stop_callback(token, begun);
  });
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_TRUE(future.cancel());
  ASSERT_TRUE(wait(future));
  EXPECT_NE(stopper, worker);
  EXPECT_NE(stopper, std::this_thread::get_id());
}

TEST_F(CallTest, DelaysNoOtherStopByAStopCallbackThatIsStuck) {
  const auto begun = user.context().make_event();
  const auto stuck = user.context().make_event();
  const auto release = user.context().make_event();
  auto blocked = submit_call(user, [=](std::stop_token token) {
    std::stop_callback callback(token, [&] {
      stuck.set();
      release.wait();
    });
    begun.set();
    stuck.wait();
  });
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_TRUE(blocked.cancel());
  ASSERT_TRUE(stuck.wait_for(guard));
  const auto second = user.context().make_event();
  auto other = submit_call(user, thread_of_stop_callback, second);
  ASSERT_TRUE(second.wait_for(guard));
  EXPECT_TRUE(other.cancel());
  ASSERT_TRUE(wait(other));
  EXPECT_FALSE(blocked.done());
  release.set();
  ASSERT_TRUE(wait(blocked));
}

// Says where it was destroyed.
class tracer {
 public:
  explicit tracer(std::optional<std::thread::id>& where) : where_(&where) {}
  tracer(tracer&& other) noexcept : where_(std::exchange(other.where_, nullptr)) {}
  ~tracer() {
    if (where_ != nullptr) *where_ = std::this_thread::get_id();
  }

 private:
  std::optional<std::thread::id>* where_;
};

TEST_F(CallTest, DestroysCallableAndArgumentsOnTheWorkerBeforeTheFutureIsDone) {
  std::optional<std::thread::id> callable;
  std::optional<std::thread::id> argument;
  auto future = submit_call(
      user, [held = tracer(callable)](const tracer&) {}, tracer(argument));
  bool seen = false;
  future.on_done([&](const auto&) {
    seen = callable.has_value() && argument.has_value() && callable != std::this_thread::get_id();
  });
  ASSERT_TRUE(wait(future));
  EXPECT_TRUE(seen);
}

TEST_F(CallTest, DestroysResultsThatMayBeSeenAtHome) {
  std::optional<std::thread::id> result;
  {
    auto future = submit_call(user, [&] { return tracer(result); });
    ASSERT_TRUE(wait(future));
    EXPECT_FALSE(result.has_value());
  }
  EXPECT_EQ(result, std::this_thread::get_id());
  // Not when it was cancelled before: nobody is to see it.
  result.reset();
  const auto begun = user.context().make_event();
  const auto until = user.context().make_event();
  auto cancelled = submit_call(user, [&, begun, until] {
    begun.set();
    until.wait();
    return tracer(result);
  });
  ASSERT_TRUE(begun.wait_for(guard));
  EXPECT_TRUE(cancelled.cancel());
  cancelled = {};
  until.set();
  user.stop();
  ASSERT_TRUE(loop.run_until([&] { return user.stopped(); }, guard));
  EXPECT_TRUE(result.has_value());
  EXPECT_NE(result, std::this_thread::get_id());
}

struct deep_error : std::runtime_error {
  using std::runtime_error::runtime_error;
  int code = 17;
};

TEST_F(CallTest, NestsTheUsersExceptionInTaskFailed) {
  auto future = submit_call(user, []() -> int { throw deep_error("as thrown"); });
  ASSERT_TRUE(wait(future));
  try {
    future.result();
    FAIL();
  } catch (const task_failed& error) {
    EXPECT_EQ(error.why().what, "as thrown");
    EXPECT_NE(std::string(error.what()).find("as thrown"), std::string::npos);
    try {
      std::rethrow_if_nested(error);
      FAIL();
    } catch (const deep_error& original) {
      EXPECT_EQ(original.code, 17);
    }
  }
}

TEST_F(CallTest, FailsWithExceptionsOfAnyType) {
  struct unrelated {};
  auto number = submit_call(user, [] { throw 42; });
  auto text = submit_call(user, [] { throw "text"; });
  auto other = submit_call(user, [] { throw unrelated(); });
  ASSERT_TRUE(wait(number) && wait(text) && wait(other));
  EXPECT_EQ(number.failure().type, "int");
  EXPECT_EQ(number.failure().what, "42");
  EXPECT_EQ(text.failure().what, "text");
  EXPECT_NE(other.failure().type.find("unrelated"), std::string::npos);
}

TEST_F(CallTest, StopsTellingAnObserverThatDisconnected) {
  auto future = submit_call(user, [] {});
  int first = 0;
  int second = 0;
  subscription own;
  auto dropped = future.on_state([&](const auto&) { ++first; });
  own = future.on_state([&](const auto&) {
    ++second;
    own.disconnect();
  });
  dropped.disconnect();
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
  dropped.disconnect();
}

TEST_F(CallTest, TellsLateObserversInTheNextTurn) {
  auto future = submit_call(user, [] { return 3; });
  ASSERT_TRUE(wait(future));
  std::string told;
  future.on_done([&](const auto& now) { told += "done" + std::to_string(now.result()); });
  future.on_state([&](const auto&) { told += " state"; });
  future.on_failure([&](const auto&) { told += " failure"; });
  auto dropped = future.on_result([&](const auto&) { told += " dropped"; });
  dropped.disconnect();
  EXPECT_EQ(told, "");
  ASSERT_TRUE(loop.run_until([&] { return told.size() >= 11; }, guard));
  EXPECT_EQ(told, "done3 state");
}

TEST_F(CallTest, TellsObserversInTheOrderOfTheirRegistration) {
  auto future = submit_call(user, [] {});
  std::string told;
  for (const char name : {'a', 'b', 'c'}) {
    future.on_done([&, name](const auto& now) {
      told += name;
      // Added while the others are told: its turn comes later.
      if (name == 'a') now.on_done([&](const auto&) { told += 'd'; });
    });
  }
  ASSERT_TRUE(loop.run_until([&] { return told.size() == 4; }, guard));
  EXPECT_EQ(told, "abcd");
}

TEST_F(CallTest, TellsOnResultAndOnFailureApart) {
  int results = 0;
  int failures = 0;
  const auto observe = [&](const auto& future) {
    future.on_result([&](const auto&) { ++results; });
    future.on_failure(
        [&](const auto& failed) { failures += failed.failure().what.empty() ? 0 : 1; });
  };
  auto good = submit_call(user, [] {});
  auto bad = submit_call(user, [] { throw 1; });
  auto gone = submit_call(user, [] {});
  observe(good);
  observe(bad);
  observe(gone);
  gone.cancel();
  ASSERT_TRUE(wait(good) && wait(bad) && wait(gone));
  EXPECT_EQ(results, 1);
  EXPECT_EQ(failures, 1);
}

TEST_F(CallTest, TakesMoveOnlyObservers) {
  auto future = submit_call(user, [] { return 2; });
  int seen = 0;
  future.on_done(
      [&, held = std::make_unique<int>(21)](const auto& done) { seen = done.result() * *held; });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(seen, 42);
}

TEST_F(CallTest, KnowsHandlesOfTheSameTask) {
  auto future = submit_call(user, [] { return 2; });
  const auto copy = future;
  auto other = submit_call(user, [] { return 2; });
  EXPECT_TRUE(future == copy);
  EXPECT_FALSE(future == other);
  EXPECT_TRUE(copy.valid());
  ASSERT_TRUE(wait(copy) && wait(other));
  EXPECT_TRUE(future.done());
}

TEST_F(CallTest, RunsATaskWhoseHandlesWereDropped) {
  std::atomic<bool> ran{false};
  submit_call(user, [&] { ran = true; });
  ASSERT_TRUE(loop.run_until([&] { return user.open_tasks() == 0; }, guard));
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace offstage
