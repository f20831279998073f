// The line of a pool, against a deque, over every short sequence of operations.

#include "actors/pool/waiting_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace offstage {
namespace {

class idle_record final : public task_record {
 public:
  explicit idle_record(int& alive) : alive_(alive) { ++alive_; }
  ~idle_record() override { --alive_; }

 protected:
  payload invoke() override { return {}; }
  void forget_body() noexcept override {}

 private:
  int& alive_;
};

// b: push_back, f: push_front, p: pop_front, 0 to 2: remove the task of that age, if it waits.
const std::string operations = "bfp012";

void play(const std::string& moves) {
  int alive = 0;
  {
    waiting_line line;
    std::deque<task_record*> expected;
    std::vector<ref<task_record>> made;
    for (const char move : moves) {
      if (move == 'b' || move == 'f') {
        made.emplace_back(new idle_record(alive));
        if (move == 'b') {
          expected.push_back(made.back().get());
          line.push_back(made.back());
        } else {
          expected.push_front(made.back().get());
          line.push_front(made.back());
        }
      } else if (move == 'p') {
        const auto popped = line.pop_front();
        ASSERT_EQ(popped.get(), expected.empty() ? nullptr : expected.front()) << moves;
        if (!expected.empty()) expected.pop_front();
      } else if (const auto age = static_cast<std::size_t>(move - '0'); age < made.size()) {
        const auto at = std::find(expected.begin(), expected.end(), made[age].get());
        const auto removed = line.remove(*made[age]);
        ASSERT_EQ(removed.get(), at == expected.end() ? nullptr : *at) << moves;
        if (at != expected.end()) expected.erase(at);
      }
      ASSERT_EQ(line.size(), expected.size()) << moves;
      ASSERT_EQ(line.empty(), expected.empty()) << moves;
    }
  }
  // What still stood in the line was let go with it.
  EXPECT_EQ(alive, 0) << moves;
}

TEST(WaitingLineTest, IsADequeThatTasksMayLeaveFromAnywhere) {
  std::vector<std::string> round{""};
  for (int length = 0; length < 6; ++length) {
    std::vector<std::string> next;
    for (const auto& moves : round) {
      for (const char move : operations) next.push_back(moves + move);
    }
    round = std::move(next);
  }
  for (const auto& moves : round) {
    play(moves);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace offstage
