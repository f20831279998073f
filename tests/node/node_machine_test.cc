// Every history of a worker process in its parent, against an oracle made from words.

#include "actors/node/node_machine.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace offstage {
namespace {

using input = node_machine::input;
using phase = node_machine::phase;
using verdict = node_machine::verdict;

// In the order of the inputs: handshakes (H, T), answer (A), said (S), complaint (C), times over
// (h, a, l, e), lane closed (L), ended (E), explained (X), not to be ended (N), orders (s, k).
const std::string letters = "HTASChaLlEXeNsk";
const std::string said_by_worker = "HTAS";
const std::string orders = "sk";

input input_of(char letter) { return static_cast<input>(letters.find(letter)); }

// The words that lead to each phase, orders aside: what is dropped or refused has no letter there.
struct road {
  phase to;
  std::regex words;
};

const std::string running = "(H|TA?)?";             // It hears.
const std::string with_lane_lost = running + "L?";  // Nothing is known yet.
const std::string unless_dismissed = "(" + running + "C|" + running + "LC|" + running + "Ll|h|Ta)";
const std::string not_over = "(" + with_lane_lost + "|" + unless_dismissed + ")";
const std::vector<road> roads = {
    {phase::introducing, std::regex("")},
    {phase::preparing, std::regex("T")},
    {phase::ready, std::regex("H|TA")},
    {phase::lane_lost, std::regex(running + "L")},
    {phase::dismissed, std::regex(unless_dismissed)},
    {phase::unexplained, std::regex(not_over + "E")},
    {phase::left, std::regex(not_over + "N")},
    {phase::gone, std::regex(not_over + "(E?X|Ee)")},
};

// The phase after a word of what changed it; none if no history is like that.
const road* road_of(const std::string& word) {
  static std::map<std::string, const road*> known;
  const auto [at, is_new] = known.emplace(word, nullptr);
  auto& found = at->second;
  if (!is_new) return found;
  for (const auto& each : roads) {
    if (!std::regex_match(word, each.words)) continue;
    EXPECT_EQ(found, nullptr) << word << " is of two phases";
    found = &each;
  }
  return found;
}

bool hears(phase now) {
  return now == phase::introducing || now == phase::preparing || now == phase::ready;
}

// Every word that changes the phase with each letter, and the machine behind it.
struct history {
  std::string word;
  node_machine machine;
};

std::vector<history> all_histories() {
  std::vector<history> out{{"", {}}};
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (const char letter : letters) {
      auto next = out[i];
      const auto before = next.machine.now();
      next.word += letter;
      next.machine.apply(input_of(letter));
      if (next.machine.now() != before) out.push_back(next);
    }
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

TEST(NodeMachineTest, HasALetterForEachInput) {
  EXPECT_EQ(letters.size(), static_cast<std::size_t>(node_machine::input_count));
  EXPECT_EQ(roads.size(), static_cast<std::size_t>(node_machine::phase_count));
}

// Whatever comes in whatever order: what is left when the letters that changed nothing are taken
// out is a road, and the phase is the one where it leads to.
TEST(NodeMachineTest, IsWhereTheRoadLeadsAfterEveryHistory) {
  auto words = words_up_to(4);
  const auto endings = words_up_to(2);
  for (const auto& [road, machine] : all_histories()) {
    for (const auto& each : endings) words.push_back(road + each);
  }
  for (const auto& word : words) {
    node_machine machine;
    std::string taken;
    for (const char letter : word) {
      const auto before = machine.now();
      const auto what = machine.apply(input_of(letter));
      if (orders.find(letter) != std::string::npos) {
        ASSERT_EQ(machine.now(), before) << word;
      } else if (machine.now() != before) {
        ASSERT_EQ(what, verdict::applied) << word;
        taken += letter;
      } else {
        ASSERT_NE(what, verdict::applied) << word;
        ASSERT_EQ(road_of(taken + letter), nullptr) << word << " dropped what is a road";
      }
    }
    const auto* const expected = road_of(taken);
    ASSERT_NE(expected, nullptr) << word;
    ASSERT_EQ(machine.now(), expected->to) << word;
  }
}

TEST(NodeMachineTest, ComesToAnEndOnEveryRoad) {
  const auto all = all_histories();
  std::set<phase> seen;
  for (const auto& [word, machine] : all) {
    seen.insert(machine.now());
    auto ended = machine;
    ended.apply(input::explained);
    const auto last = machine.now() == phase::left ? phase::left : phase::gone;
    EXPECT_EQ(ended.now(), last) << word;
    for (const char letter : letters) {
      EXPECT_NE(ended.apply(input_of(letter)), verdict::applied) << word << letter;
    }
    EXPECT_EQ(ended.now(), last) << word;
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(node_machine::phase_count));
}

TEST(NodeMachineTest, RefusesOnlyWhatAWorkerMustNotSay) {
  for (const auto& [word, before] : all_histories()) {
    for (const char letter : letters) {
      auto machine = before;
      const auto what = machine.apply(input_of(letter));
      const bool by_worker = said_by_worker.find(letter) != std::string::npos;
      if (what == verdict::refused) {
        EXPECT_TRUE(by_worker && hears(before.now())) << word << letter;
      } else if (what == verdict::heard) {
        EXPECT_TRUE(letter == 'S' && before.now() == phase::ready) << word << letter;
      } else if (what == verdict::dropped && by_worker) {
        EXPECT_FALSE(hears(before.now())) << word << letter;
      }
      EXPECT_EQ(machine.hears(), hears(machine.now())) << word << letter;
      EXPECT_EQ(machine.over(), machine.now() == phase::left || machine.now() == phase::gone);
    }
  }
}

// What it was ordered is remembered as it was when its process ended.
TEST(NodeMachineTest, KnowsItsOrdersWheneverTheyCome) {
  for (const auto& word : words_up_to(4)) {
    node_machine machine;
    bool stopped = false;
    bool killed = false;
    for (const char letter : word) {
      const bool ended = machine.now() == phase::unexplained;
      const bool over = machine.over();
      machine.apply(input_of(letter));
      stopped = stopped || (letter == 's' && !over);
      killed = killed || (letter == 'k' && !over && !ended);
    }
    ASSERT_EQ(machine.told_to_stop(), stopped) << word;
    ASSERT_EQ(machine.killed(), killed) << word;
  }
}

TEST(NodeMachineTest, TakesEachOrderToStopOnceAndEachSignal) {
  node_machine machine;
  EXPECT_EQ(machine.apply(input::told_to_stop), verdict::applied);
  EXPECT_EQ(machine.apply(input::told_to_stop), verdict::dropped);
  EXPECT_EQ(machine.apply(input::killed), verdict::applied);
  EXPECT_EQ(machine.apply(input::killed), verdict::applied);
  EXPECT_EQ(machine.apply(input::told_to_stop), verdict::dropped);
}

TEST(NodeMachineTest, HasWordsForEachPhase) {
  std::set<std::string_view> words;
  for (int i = 0; i < node_machine::phase_count; ++i) {
    words.insert(to_string(static_cast<phase>(i)));
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(node_machine::phase_count));
}

}  // namespace
}  // namespace offstage
