#include "messages/codec/codec_map.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace offstage {
namespace {

using one_byte = unsigned char;

TEST(CodecMapTest, RoundTripsSets) {
  EXPECT_TRUE(survives(std::set<int>()));
  EXPECT_TRUE(survives(std::set<std::string>{"b", "a", ""}));
  EXPECT_TRUE(survives(std::set<int, std::greater<>>{1, 2, 3}));
  EXPECT_TRUE(survives(std::multiset<int>{1, 1, 2}));
  EXPECT_TRUE(survives(std::unordered_set<std::string>{"b", "a", ""}));
  EXPECT_TRUE(survives(std::unordered_multiset<int>{1, 1, 2}));
  EXPECT_TRUE(survives(std::set<std::vector<bool>>{{true}, {}, {false}}));
}

TEST(CodecMapTest, RoundTripsMaps) {
  EXPECT_TRUE(survives(std::map<int, std::string>()));
  EXPECT_TRUE(survives(std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"", {}}}));
  EXPECT_TRUE(survives(std::map<int, int, std::greater<>>{{1, 2}, {2, 3}}));
  EXPECT_TRUE(survives(std::unordered_map<std::string, double>{{"a", 1.5}, {"b", -0.0}}));
  EXPECT_TRUE(survives(std::unordered_multimap<int, int>{{1, 1}, {1, 2}, {2, 1}}));
  EXPECT_TRUE(survives(std::map<int, std::map<int, std::set<int>>>{{1, {{2, {3, 4}}}}}));
}

TEST(CodecMapTest, KeepsTheOrderOfEqualKeys) {
  const std::multimap<int, int> value{{1, 3}, {1, 1}, {1, 2}, {0, 9}};
  EXPECT_TRUE(survives(value));
  std::vector<int> arrived;
  for (const auto& [key, mapped] : round_trip(value)) arrived.push_back(mapped);
  EXPECT_EQ(arrived, (std::vector<int>{9, 3, 1, 2}));
}

TEST(CodecMapTest, RoundTripsValuesThatCanOnlyBeMoved) {
  std::map<int, std::unique_ptr<int>> value;
  value.emplace(1, std::make_unique<int>(5));
  EXPECT_EQ(*round_trip(value).at(1), 5);
}

TEST(CodecMapTest, RefusesAKeyThatComesTwice) {
  EXPECT_NE(decoding_error<std::set<one_byte>>(bytes_of({3, 1, 2, 1}))
                .find("expected keys that differ, found one of them again at place 2"),
            std::string::npos);
  EXPECT_NE((decoding_error<std::map<one_byte, one_byte>>(bytes_of({2, 1, 0, 1, 0}))), "");
  EXPECT_NE(decoding_error<std::unordered_set<one_byte>>(bytes_of({2, 7, 7})), "");
  EXPECT_NE((decoding_error<std::unordered_map<one_byte, one_byte>>(bytes_of({2, 7, 0, 7, 0}))),
            "");
  EXPECT_EQ(decoding_error<std::multiset<one_byte>>(bytes_of({2, 7, 7})), "");
}

TEST(CodecMapTest, SortsKeysThatComeOutOfOrder) {
  EXPECT_EQ(decode_from_bytes<std::set<one_byte>>(bytes_of({3, 9, 1, 5})),
            (std::set<one_byte>{1, 5, 9}));
}

TEST(CodecMapTest, TakesAByteForEachEntryThatHasNone) {
  EXPECT_TRUE(survives(std::set<std::monostate>{{}}));
  EXPECT_TRUE(survives(std::multiset<std::monostate>{{}, {}, {}}));
  EXPECT_TRUE((survives(std::multimap<std::monostate, std::monostate>{{{}, {}}, {{}, {}}})));
  EXPECT_TRUE((survives(std::map<int, std::monostate>{{1, {}}, {2, {}}})));
  const auto huge = bytes_of({255, 0, 0, 0, 0, 0, 0, 0, 64});
  EXPECT_NE(decoding_error<std::multiset<std::monostate>>(huge), "");
  EXPECT_NE((decoding_error<std::multimap<std::monostate, std::monostate>>(huge)), "");
}

TEST(CodecMapTest, RefusesWhatComparesOrHashesWithAState) {
  struct seeded {
    std::size_t seed;
    std::size_t operator()(int value) const { return seed ^ static_cast<std::size_t>(value); }
  };
  static_assert(!has_codec<std::set<int, bool (*)(int, int)>>);
  static_assert(!has_codec<std::map<int, int, std::function<bool(int, int)>>>);
  static_assert(!has_codec<std::unordered_set<int, seeded>>);
  static_assert(!has_codec<std::unordered_map<int, int, seeded>>);
}

}  // namespace
}  // namespace offstage
