#include "messages/codec/codec_tuple.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "tests/messages/codec/codec_checks.h"

namespace offstage {
namespace {

TEST(CodecTupleTest, RoundTripsPairs) {
  EXPECT_TRUE(survives(std::pair(1, 2.5)));
  EXPECT_TRUE(survives(std::pair(std::string("key"), std::pair('a', true))));
  static_assert(has_codec<std::pair<const int, int>>);
}

TEST(CodecTupleTest, RoundTripsTuples) {
  EXPECT_TRUE(survives(std::tuple<>()));
  EXPECT_TRUE(survives(std::tuple(1)));
  EXPECT_TRUE(survives(std::tuple(std::tuple(1))));
  EXPECT_TRUE(survives(std::tuple(1, std::string("two"), 3.0, std::tuple('4', 5L))));
}

TEST(CodecTupleTest, ReadsMembersFromLeftToRight) {
  EXPECT_EQ((decode_from_bytes<std::pair<char, char>>(bytes_of({'a', 'b'}))), std::pair('a', 'b'));
  EXPECT_EQ((decode_from_bytes<std::tuple<char, char, char>>(bytes_of({'a', 'b', 'c'}))),
            std::tuple('a', 'b', 'c'));
}

TEST(CodecTupleTest, RoundTripsMembersThatCanOnlyBeMoved) {
  const auto arrived = round_trip(std::tuple(1, std::make_unique<std::string>("moved")));
  EXPECT_EQ(*std::get<1>(arrived), "moved");
  EXPECT_EQ(*round_trip(std::pair(1, std::make_unique<int>(2))).second, 2);
}

TEST(CodecTupleTest, RefusesMembersWithoutACodec) {
  static_assert(!has_codec<std::pair<int, int*>>);
  static_assert(!has_codec<std::pair<int&, int>>);
  static_assert(!has_codec<std::tuple<int, const char*>>);
  static_assert(!has_codec<std::tuple<int&&>>);
}

}  // namespace
}  // namespace offstage
