// What docs/guide/your-own-kinds.md quotes, besides examples/fizz_buzz.cc.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "tests/support/log_capture.h"

namespace {

constexpr std::chrono::seconds limit{60};

struct finding {
  std::string file;
  int line = 0;
};

// The handle of a search, which returns how many files it looked at.
class search_future : public offstage::custom_future<search_future, int> {
 public:
  search_future() = default;
  explicit search_future(offstage::ref<offstage::future_core> core)
      : custom_future(std::move(core)) {}

  template <class Observer>
  offstage::subscription on_found(Observer observer) const {
    return on_message<finding>("found", std::move(observer));
  }
  template <class Observer>
  offstage::subscription on_halfway(Observer observer) const {
    return on_message("halfway", std::move(observer));
  }
};

struct search {
  using future_type = search_future;
  std::vector<std::string> files;
  std::string word;

  int operator()(offstage::task_channel& channel) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (i == files.size() / 2) channel.send("halfway");
      if (files[i].find(word) != std::string::npos) channel.send("found", finding{files[i], 1});
    }
    return static_cast<int>(files.size());
  }
};

TEST(YourOwnKindsTest, SendsMessagesByName) {
  offstage::manual_loop loop;
  offstage::executor executor{loop};

  auto future = executor.submit(search{{"a.txt", "b.log", "c.log", "d.txt"}, "log"});
  std::vector<std::string> told;
  future.on_found([&](const finding& found) { told.push_back(found.file); });
  future.on_halfway([&](const auto&) { told.push_back("halfway"); });
  loop.run_until(future);
  EXPECT_EQ(told, (std::vector<std::string>{"b.log", "halfway", "c.log"}));
  EXPECT_EQ(future.result(), 4);
}

TEST(YourOwnKindsTest, SaysWhichMessageNobodyTook) {
  offstage::testing::log_capture log;
  offstage::manual_loop loop;
  offstage::executor executor{loop};
  auto future = executor.submit(search{{"a.log"}, "log"});
  future.on_found([](const finding&) {});
  ASSERT_TRUE(loop.run_until(future, limit));
  EXPECT_EQ(log.count("'halfway'"), 1);
  EXPECT_EQ(log.count("'found'"), 0);
  EXPECT_EQ(future.state(), offstage::future_state::completed);
}

// Keeps the names of what a body sends.
class kept_names final : public offstage::task_channel {
 public:
  std::vector<std::string> names;

 protected:
  bool do_send(std::string_view name, std::size_t, const carrier&) override {
    names.emplace_back(name);
    return true;
  }
  bool is_cancelled() const override { return false; }
};

TEST(YourOwnKindsTest, CanBeTriedWithoutAnExecutor) {
  kept_names channel;
  EXPECT_EQ((search{{"a.txt", "b.log"}, "log"})(channel), 2);
  EXPECT_EQ(channel.names, (std::vector<std::string>{"halfway", "found"}));
}

}  // namespace
