#include "actors/task/carried.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "tests/contract/guard.h"

namespace offstage {
namespace {

using contract::guard;

TEST(LatestValueTest, HasTheNewestValueOnce) {
  latest_value<std::unique_ptr<int>> slot;
  EXPECT_FALSE(slot.take());
  EXPECT_TRUE(slot.put(std::make_unique<int>(1)));
  EXPECT_FALSE(slot.put(std::make_unique<int>(2)));
  EXPECT_FALSE(slot.put(std::make_unique<int>(3)));
  const auto taken = slot.take();
  ASSERT_TRUE(taken);
  EXPECT_EQ(***taken, 3);
  EXPECT_FALSE(slot.take());
  EXPECT_TRUE(slot.put(std::make_unique<int>(4)));
}

TEST(LatestValueTest, DestroysEachValueOnce) {
  const auto counted = std::make_shared<int>(0);
  {
    latest_value<std::shared_ptr<int>> slot;
    for (int i = 0; i < 10; ++i) slot.put(counted);
    EXPECT_EQ(counted.use_count(), 2);
    slot.take();
    EXPECT_EQ(counted.use_count(), 1);
    slot.put(counted);
    slot.put(counted);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

// A value whose destructor takes long.
class slow_value {
 public:
  struct pace {
    std::promise<void> begun;
    std::promise<void> go_on;
  };

  explicit slow_value(pace* slowly = nullptr) : slowly_(slowly) {}
  slow_value(slow_value&& other) noexcept : slowly_(std::exchange(other.slowly_, nullptr)) {}
  slow_value& operator=(slow_value&& other) noexcept {
    wait();
    slowly_ = std::exchange(other.slowly_, nullptr);
    return *this;
  }
  ~slow_value() { wait(); }

 private:
  void wait() {
    if (slowly_ == nullptr) return;
    slowly_->begun.set_value();
    EXPECT_EQ(slowly_->go_on.get_future().wait_for(guard), std::future_status::ready);
    slowly_ = nullptr;
  }

  pace* slowly_;
};

TEST(LatestValueTest, DoesNotKeepHomeWaitingWhileTheWorkerDestroysAValue) {
  slow_value::pace slowly;
  latest_value<slow_value> slot;
  slot.put(slow_value(&slowly));
  std::thread worker([&] { slot.put(slow_value()); });
  ASSERT_EQ(slowly.begun.get_future().wait_for(guard), std::future_status::ready);
  EXPECT_TRUE(slot.take());
  slowly.go_on.set_value();
  worker.join();
}

TEST(LatestValueTest, LosesNoLastValueBetweenTwoThreads) {
  constexpr int many = 100000;
  latest_value<int> slot;
  std::atomic<int> messages{0};
  std::atomic<bool> ended{false};
  std::thread worker([&] {
    for (int i = 0; i < many; ++i) messages += slot.put(i) ? 1 : 0;
    ended = true;
  });
  int last = -1;
  int taken = 0;
  const auto take = [&] {
    const auto value = slot.take();
    if (!value) return;
    ++taken;
    EXPECT_LT(last, **value);
    last = **value;
  };
  while (!ended) take();
  worker.join();
  take();
  EXPECT_EQ(last, many - 1);
  EXPECT_EQ(taken, messages);
}

}  // namespace
}  // namespace offstage
