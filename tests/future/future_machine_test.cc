// Row 42: every history of a future, against an oracle made from the seven valid words.

#include "actors/future/future_machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace offstage {
namespace {

using input = future_machine::input;
using verdict = future_machine::verdict;

const std::string letters = "SARXC";
const std::vector<std::string> valid_words = {"SR", "SX", "CSR", "CSX", "SCR", "SCX", "CA"};

input input_of(char letter) {
  switch (letter) {
    case 'S':
      return input::started;
    case 'A':
      return input::abandoned;
    case 'R':
      return input::returned;
    case 'X':
      return input::raised;
    case 'C':
      return input::cancel;
    default:
      return input::sent;
  }
}

std::set<std::string> valid_prefixes() {
  std::set<std::string> out;
  for (const auto& word : valid_words) {
    for (std::size_t size = 0; size <= word.size(); ++size) out.insert(word.substr(0, size));
  }
  return out;
}

// All words of these letters up to a length.
std::vector<std::string> words_up_to(std::size_t length) {
  std::vector<std::string> out{""};
  for (std::size_t begin = 0, size = 1; size <= length; ++size) {
    const auto end = out.size();
    for (; begin < end; ++begin) {
      for (const char letter : letters) out.push_back(out[begin] + letter);
    }
  }
  return out;
}

// The machine after a word that it accepts.
future_machine after(const std::string& word) {
  future_machine machine;
  for (const char letter : word) EXPECT_EQ(machine.apply(input_of(letter)), verdict::applied);
  return machine;
}

// The public state after a valid prefix, from the words themselves.
future_state expected_state(const std::string& word) {
  const bool cancelled = word.find('C') != word.npos;
  const bool ended = !word.empty() && std::string("ARX").find(word.back()) != std::string::npos;
  if (cancelled) return ended ? future_state::cancelled : future_state::cancelling;
  if (word.empty()) return future_state::waiting;
  if (!ended) return future_state::executing;
  return word.back() == 'R' ? future_state::completed : future_state::failed;
}

TEST(FutureMachineTest, AcceptsExactlyThePrefixesOfTheSevenValidWords) {
  const auto valid = valid_prefixes();
  EXPECT_EQ(valid.size(), 12U);
  for (const auto& word : words_up_to(6)) {
    future_machine machine;
    bool accepted = true;
    for (const char letter : word) {
      const auto before = machine.state();
      const auto said = machine.apply(input_of(letter));
      if (said == verdict::applied) continue;
      EXPECT_EQ(said, verdict::refused) << word;
      EXPECT_EQ(machine.state(), before) << word;
      accepted = false;
      break;
    }
    EXPECT_EQ(accepted, valid.count(word) == 1) << word;
  }
}

TEST(FutureMachineTest, RefusesThe49MinimalInvalidWords) {
  const auto valid = valid_prefixes();
  int minimal = 0;
  for (const auto& word : valid) {
    for (const char letter : letters) {
      if (valid.count(word + letter) != 0) continue;
      ++minimal;
      auto machine = after(word);
      EXPECT_EQ(machine.apply(input_of(letter)), verdict::refused) << word << letter;
      EXPECT_EQ(machine.state(), expected_state(word)) << word << letter;
    }
  }
  EXPECT_EQ(minimal, 49);
}

TEST(FutureMachineTest, IsDoneAfterExactlyTheSevenValidWords) {
  for (const auto& word : valid_prefixes()) {
    const auto machine = after(word);
    const bool complete =
        std::find(valid_words.begin(), valid_words.end(), word) != valid_words.end();
    EXPECT_EQ(machine.done(), complete) << word;
    EXPECT_EQ(machine.state(), expected_state(word)) << word;
    EXPECT_EQ(machine.cancellable(), is_cancellable(expected_state(word))) << word;
  }
}

// Rows 46 to 49: messages in the middle.
TEST(FutureMachineTest, DispatchesMessagesInTheMiddleOnlyWhileExecuting) {
  for (const auto& word : valid_prefixes()) {
    auto machine = after(word);
    const auto said = machine.apply(input::sent);
    if (word == "S") {
      EXPECT_EQ(said, verdict::dispatch);
    } else if (word == "CS" || word == "SC") {
      EXPECT_EQ(said, verdict::dropped);
    } else {
      EXPECT_EQ(said, verdict::refused) << word;
    }
    EXPECT_EQ(machine.state(), expected_state(word)) << word;
  }
}

TEST(FutureMachineTest, GivenUpIsFailedOrCancelled) {
  for (const auto& word : valid_prefixes()) {
    auto machine = after(word);
    machine.give_up();
    auto expected = expected_state(word);
    if (is_cancellable(expected)) expected = future_state::failed;
    if (expected == future_state::cancelling) expected = future_state::cancelled;
    EXPECT_EQ(machine.state(), expected) << word;
  }
}

// D10: texts come from one place, and name what came and what is.
TEST(FutureMachineTest, SaysWhatIsRefusedAndWhy) {
  for (const char letter : letters) {
    const auto what = input_of(letter);
    const auto text = after("SR").refusal(what);
    EXPECT_NE(text.find("'" + std::string(to_string(what)) + "'"), text.npos);
    EXPECT_NE(text.find("completed"), text.npos);
  }
}

}  // namespace
}  // namespace offstage
