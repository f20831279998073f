// The wake-up protocol of inbox and doorbell: every order of pushes, turns that end by their
// budget, nested loops, messages delivered by hand, and endings, up to a depth.
//
// The claim: what has arrived is delivered by the next turn of whatever loop runs. A loop runs a
// turn when it was woken, and sleeps otherwise; so whenever it would sleep, nothing may be left.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/loop/callback.h"
#include "actors/loop/doorbell.h"
#include "actors/loop/loop.h"
#include "actors/router/inbox.h"
#include "actors/router/receiver.h"
#include "actors/router/router.h"
#include "tests/support/log_capture.h"

namespace offstage {
namespace {

// What the world does next. It is asked before each turn, and within each call of user code.
enum class step : std::uint8_t {
  push_one,     // A message for the first router, which has a value, so that it runs user code.
  push_plain,   // A message for the first router that runs none.
  push_other,   // A message for the second router.
  call_soon,    // A function for the loop.
  turn,         // If the loop was woken: a turn without a limit. Nested where user code runs.
  short_turn,   // The same, whose budget ends it after one thing.
  asked_turn,   // A turn without a limit, whose condition runs user code after each thing.
  by_hand,      // One message of the first router, delivered as a shutdown does.
  hold,         // Something is under way, and then no longer.
  close_inbox,  // The second router stops.
};
constexpr std::size_t step_count = 10;

const char* name_of(step what) {
  switch (what) {
    case step::push_one:
      return "push_one";
    case step::push_plain:
      return "push_plain";
    case step::push_other:
      return "push_other";
    case step::call_soon:
      return "call_soon";
    case step::turn:
      return "turn";
    case step::short_turn:
      return "short_turn";
    case step::asked_turn:
      return "asked_turn";
    case step::by_hand:
      return "by_hand";
    case step::hold:
      return "hold";
    case step::close_inbox:
      return "close_inbox";
  }
  return "?";
}

// A loop that remembers whether it was woken, as an eventfd does.
class scripted_loop final : public loop {
 public:
  scripted_loop() : loop(affinity::binding::this_thread) {}
  ~scripted_loop() override { close(); }
  void wake() noexcept override { woken = true; }
  void keep_running(bool on) noexcept override { kept_running = on; }

  // What a toolkit's loop does: it takes a turn only when it was woken.
  bool turn_if_woken(const std::function<bool()>* until = nullptr) {
    if (!woken) return false;
    woken = false;
    dispatch(until);
    return true;
  }

  bool woken = false;
  bool kept_running = false;
};

class value_beside final : public attachment {};

// One run of the world along a word of steps. User code at home goes on with the word: so a step
// that comes while an observer runs is done within it, as a nested loop would.
class world {
 public:
  explicit world(const std::vector<step>& word) : word_(word) {
    first_.start();
    second_.start();
    to_first_ = first_.open_pipe(first_receiver_);
    to_second_ = second_.open_pipe(second_receiver_);
    to_first_.start();
    to_second_.start();
  }

  ~world() {
    if (second_open_) second_.stop();
    first_.stop();
  }

  // Returns what went wrong; empty if nothing did.
  std::string run() {
    while (place_ < word_.size() && wrong_.empty()) {
      do_next();
      check_sleep();
    }
    // Now the world is quiet: the loop takes turns while it is woken, and then it sleeps.
    quiet_ = true;
    for (int turns = 0; loop_.turn_if_woken() && wrong_.empty(); ++turns) {
      if (turns == 100) return "the loop never sleeps";
    }
    check_sleep();
    if (wrong_.empty() && loop_.kept_running) return "the loop is kept running";
    return wrong_;
  }

 private:
  class node final : public receiver {
   public:
    node(world& of, const char* name) : of_(of), name_(name) {}
    void add_ref() const noexcept override { ++count_; }
    void release() const noexcept override {
      if (--count_ == 0) delete this;
    }

   protected:
    void receive(mail message) noexcept override {
      of_.arrived(name_, message.words.words()[0]);
      if (!message.beside) return;
      const calling_out now(home_bell());
      of_.user_code();
    }
    void undelivered(mail) noexcept override { --of_.expected_; }

   private:
    world& of_;
    const char* const name_;
    mutable int count_ = 0;
  };

  static mail numbered(std::uint64_t number, bool with_value) {
    flat_message words(1);
    words.writable()[0] = number;
    return {std::move(words), with_value ? ref<attachment>(new value_beside) : nullptr};
  }

  // What must hold when the loop would go to sleep, and when user code begins, which may run a
  // nested loop.
  void check_sleep() {
    if (!wrong_.empty() || loop_.woken) return;
    if (expected_ != 0)
      wrong_ = std::to_string(expected_) + " things are left, and the loop sleeps";
  }

  void arrived(const char* where, std::uint64_t number) {
    --expected_;
    auto& last = where[0] == 'f' ? last_first_ : last_second_;
    if (number <= last) wrong_ = std::string("out of order at the ") + where;
    last = number;
  }

  void user_code() {
    check_sleep();
    if (quiet_ || depth_ == 3 || !wrong_.empty()) return;
    ++depth_;
    if (place_ < word_.size()) do_next();
    if (place_ < word_.size()) do_next();
    --depth_;
  }

  void do_next() {
    const auto what = word_[place_++];
    switch (what) {
      case step::push_one:
      case step::push_plain:
        ++expected_;
        to_first_.send(numbered(++sent_, what == step::push_one));
        break;
      case step::push_other:
        if (!second_open_) break;
        ++expected_;
        to_second_.send(numbered(++sent_, true));
        break;
      case step::call_soon:
        ++expected_;
        loop_.call_soon([this] {
          --expected_;
          user_code();
        });
        break;
      case step::turn:
        loop_.set_turn_budget(std::chrono::hours(1));
        loop_.turn_if_woken();
        break;
      case step::short_turn:
        loop_.set_turn_budget(std::chrono::nanoseconds(1));
        loop_.turn_if_woken();
        break;
      case step::asked_turn: {
        loop_.set_turn_budget(std::chrono::hours(1));
        const std::function<bool()> asks = [this] {
          user_code();
          return false;
        };
        loop_.turn_if_woken(&asks);
        break;
      }
      case step::by_hand:
        (void)first_.route_until([done = false]() mutable { return std::exchange(done, true); },
                                 std::chrono::nanoseconds(0));
        break;
      case step::hold:
        loop_.bell()->hold();
        loop_.bell()->release();
        break;
      case step::close_inbox:
        if (second_open_) {
          second_open_ = false;
          second_.stop();
        }
        break;
    }
  }

  const std::vector<step>& word_;
  std::size_t place_ = 0;
  int depth_ = 0;
  bool quiet_ = false;
  std::string wrong_;
  int expected_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t last_first_ = 0;
  std::uint64_t last_second_ = 0;

  scripted_loop loop_;
  router first_{loop_};
  router second_{loop_};
  bool second_open_ = true;
  ref<node> first_receiver_{new node(*this, "first")};
  ref<node> second_receiver_{new node(*this, "second")};
  sender to_first_;
  sender to_second_;
};

std::string spelled(const std::vector<step>& word) {
  std::string out;
  for (const auto each : word) out += std::string(name_of(each)) + " ";
  return out;
}

// All words of a length, over some of the steps.
void try_all(std::size_t length, const std::vector<step>& letters) {
  testing::log_capture quiet;
  std::vector<std::size_t> digits(length, 0);
  std::vector<step> word(length);
  for (;;) {
    for (std::size_t i = 0; i < length; ++i) word[i] = letters[digits[i]];
    const auto wrong = world(word).run();
    ASSERT_EQ(wrong, "") << spelled(word);
    std::size_t at = 0;
    while (at < length && ++digits[at] == letters.size()) digits[at++] = 0;
    if (at == length) return;
  }
}

TEST(WakeModelTest, EveryWordOfFiveStepsDeliversWhatHasArrived) {
  std::vector<step> all;
  for (std::size_t i = 0; i < step_count; ++i) all.push_back(static_cast<step>(i));
  for (std::size_t length = 1; length <= 5; ++length) try_all(length, all);
}

// One router, pushes and the three sorts of turns, deeper.
TEST(WakeModelTest, EveryWordOfSevenStepsOfOneRouterDeliversWhatHasArrived) {
  try_all(7, {step::push_one, step::push_plain, step::turn, step::short_turn, step::by_hand});
}

TEST(WakeModelTest, EveryWordOfSevenStepsWithConditionsDeliversWhatHasArrived) {
  try_all(7, {step::push_one, step::push_plain, step::push_other, step::asked_turn, step::turn});
}

TEST(WakeModelTest, EveryWordOfEightStepsOfTwoRoutersDeliversWhatHasArrived) {
  try_all(8, {step::push_one, step::push_other, step::turn, step::short_turn});
}

}  // namespace
}  // namespace offstage
