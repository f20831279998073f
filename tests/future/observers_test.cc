// Observers: who is called, in which order, and how they end.

#include "actors/future/observers.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace offstage {
namespace {

// An event that counts how often it is compared: what an event costs.
struct counted_event {
  int which = 0;
  static inline int comparisons = 0;
  bool operator==(const counted_event& other) const noexcept {
    ++comparisons;
    return which == other.which;
  }
};

TEST(ObserversTest, ReleaseAFunctionWhenItIsDisconnected) {
  observers<int> all;
  auto captured = std::make_shared<int>(1);
  auto right = all.add(1, [captured] {});
  EXPECT_EQ(captured.use_count(), 2);
  right.disconnect();
  EXPECT_EQ(captured.use_count(), 1);
  {
    const scoped_subscription scope = all.add(1, [captured] {});
    EXPECT_EQ(captured.use_count(), 2);
  }
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_TRUE(all.empty());
}

TEST(ObserversTest, ReleaseAFunctionThatDisconnectsItselfWhenItReturns) {
  observers<int> all;
  auto captured = std::make_shared<int>(1);
  subscription right;
  long within = 0;
  int calls = 0;
  right = all.add(1, [captured, &right, &within, &calls] {
    right.disconnect();
    within = captured.use_count();
    ++calls;
  });
  all.notify(nullptr, 1);
  all.notify(nullptr, 1);
  EXPECT_EQ(within, 2);
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(calls, 1);
}

// As with a nested loop in an observer.
TEST(ObserversTest, ReleaseAFunctionThatIsCalledWithinItselfWhenTheOuterCallReturns) {
  observers<int> all;
  auto captured = std::make_shared<int>(1);
  subscription right;
  int depth = 0;
  std::vector<long> counts;
  right = all.add(1, [&, captured] {
    if (++depth == 1) {
      all.notify(nullptr, 1);
    } else {
      right.disconnect();
    }
    counts.push_back(captured.use_count());
  });
  all.notify(nullptr, 1);
  EXPECT_EQ(counts, (std::vector<long>{2, 2}));
  EXPECT_EQ(captured.use_count(), 1);
}

TEST(ObserversTest, MayGoWhileOneOfThemIsCalled) {
  auto all = std::make_unique<observers<int>>();
  auto captured = std::make_shared<int>(1);
  bool called = false;
  all->add(1, [&, captured] { all->clear(); });
  all->add(1, [&] { called = true; });
  all->notify(nullptr, 1);
  EXPECT_FALSE(called);
  EXPECT_EQ(captured.use_count(), 1);
}

TEST(ObserversTest, AnEventCostsWhatListensNow) {
  observers<counted_event> all;
  int calls = 0;
  all.add({1}, [&] { ++calls; });
  for (int i = 0; i < 100000; ++i) {
    const scoped_subscription passing = all.add({1}, [] {});
  }
  counted_event::comparisons = 0;
  for (int i = 0; i < 10; ++i) all.notify(nullptr, {1});
  EXPECT_EQ(calls, 10);
  EXPECT_LT(counted_event::comparisons, 10 * 20);
}

TEST(ObserversTest, ManyLeaveInAnyOrderAndTheOthersAreCalledInOrder) {
  observers<int> all;
  std::vector<subscription> rights;
  std::string told;
  for (char name = 'a'; name <= 'z'; ++name) {
    rights.push_back(all.add(1, [&told, name] { told += name; }));
  }
  for (std::size_t i = 0; i < rights.size(); i += 2) rights[i].disconnect();
  for (std::size_t i = rights.size() - 1; i > 13; i -= 2) rights[i].disconnect();
  all.notify(nullptr, 1);
  EXPECT_EQ(told, "bdfhjln");
}

using line = change_line<int, char>;

TEST(ChangeLineTest, TellsEachObserverEachChangeOnceAndInOrder) {
  observers<int, char> all;
  line changes;
  std::string first;
  std::string second;
  const auto tell = [&] {
    changes.tell([&] { return all.newest(); },
                 [&](line::change& which) {
                   return all.tell_next(nullptr, which.event, which.told, which.last, which.value);
                 });
  };
  all.add(1, [&](char value) {
    first += value;
    // The next change is made by an observer; `telling` says that it is not to tell it itself.
    if (value == 'a') changes.add(1, 'b');
    EXPECT_TRUE(changes.telling());
  });
  all.add(1, [&](char value) { second += value; });
  changes.add(1, 'a');
  tell();
  EXPECT_EQ(first, "ab");
  EXPECT_EQ(second, "ab");
  EXPECT_TRUE(changes.empty());
}

TEST(ChangeLineTest, GoesOnInANestedLoopOfAnObserver) {
  observers<int, char> all;
  line changes;
  std::string first;
  std::string second;
  std::string second_when_first_returned;
  const std::function<void()> tell = [&] {
    changes.tell([&] { return all.newest(); },
                 [&](line::change& which) {
                   return all.tell_next(nullptr, which.event, which.told, which.last, which.value);
                 });
  };
  all.add(1, [&](char value) {
    first += value;
    if (value != 'a') return;
    changes.add(1, 'b');
    tell();  // As a nested loop does when a message arrives.
    second_when_first_returned = second;
  });
  all.add(1, [&](char value) { second += value; });
  changes.add(1, 'a');
  tell();
  EXPECT_EQ(second_when_first_returned, "ab");
  EXPECT_EQ(first, "ab");
  EXPECT_EQ(second, "ab");
}

TEST(ChangeLineTest, TellsOneThatIsAddedMeanwhileOfWhatHasNotBegun) {
  observers<int, char> all;
  line changes;
  std::string late;
  all.add(1, [&](char value) {
    if (value != 'a') return;
    changes.add(1, 'b');
    EXPECT_TRUE(changes.will_tell(1));
    EXPECT_FALSE(changes.will_tell(2));
    all.add(1, [&](char told) { late += told; });
  });
  changes.add(1, 'a');
  changes.tell([&] { return all.newest(); },
               [&](line::change& which) {
                 return all.tell_next(nullptr, which.event, which.told, which.last, which.value);
               });
  EXPECT_EQ(late, "b");
}

}  // namespace
}  // namespace offstage
