#include "messages/codec/codec_choice.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace offstage {
namespace {

TEST(CodecChoiceTest, RoundTripsOptionals) {
  EXPECT_TRUE(survives(std::optional<int>()));
  EXPECT_TRUE(survives(std::optional<int>(0)));
  EXPECT_TRUE(survives(std::optional<std::string>("text")));
  EXPECT_TRUE(survives(std::optional<std::optional<bool>>(std::optional<bool>())));
  EXPECT_TRUE(survives(std::optional<std::optional<bool>>()));
  EXPECT_TRUE(survives(std::vector<std::optional<char>>{{}, 'a', {}}));
}

TEST(CodecChoiceTest, TakesPresenceFromZeroAndOneOnly) {
  for (int flag = 2; flag < 256; ++flag) {
    EXPECT_NE(decoding_error<std::optional<char>>(bytes_of({flag, 'a'})), "");
    EXPECT_NE(decoding_error<std::unique_ptr<char>>(bytes_of({flag, 'a'})), "");
  }
  EXPECT_NE(decoding_error<std::optional<char>>(bytes_of({0, 'a'})), "");
}

TEST(CodecChoiceTest, RoundTripsOwningPointers) {
  EXPECT_EQ(round_trip(std::unique_ptr<int>()), nullptr);
  EXPECT_EQ(*round_trip(std::make_unique<std::string>("owned")), "owned");
  EXPECT_EQ(**round_trip(std::make_unique<std::unique_ptr<int>>(std::make_unique<int>(3))), 3);
}

struct shape {
  virtual ~shape() = default;
};

TEST(CodecChoiceTest, RefusesPointersThatMayPointToMore) {
  static_assert(!has_codec<std::unique_ptr<shape>>);
  static_assert(!has_codec<std::unique_ptr<int[]>>);
  static_assert(!has_codec<std::unique_ptr<int*>>);
  static_assert(!has_codec<std::shared_ptr<int>>);
}

using choice = std::variant<std::monostate, int, std::string, int, std::vector<bool>>;

TEST(CodecChoiceTest, RoundTripsEveryAlternativeOfAVariant) {
  EXPECT_TRUE(survives(choice()));
  EXPECT_TRUE(survives(choice(std::in_place_index<1>, 7)));
  EXPECT_TRUE(survives(choice("text")));
  EXPECT_TRUE(survives(choice(std::in_place_index<3>, 7)));
  EXPECT_TRUE(survives(choice(std::vector<bool>{true, false})));
  EXPECT_EQ(round_trip(choice(std::in_place_index<3>, 7)).index(), 3U);
  EXPECT_EQ(*std::get<0>(round_trip(std::variant<std::unique_ptr<int>>(std::make_unique<int>(1)))),
            1);
}

TEST(CodecChoiceTest, RefusesAnIndexThatTheVariantDoesNotHave) {
  for (int index = 5; index < 255; ++index) {
    EXPECT_NE(decoding_error<choice>(bytes_of({index, 0, 0, 0, 0}))
                  .find("expected an index below 5, found " + std::to_string(index)),
              std::string::npos);
  }
}

struct throwing {
  throwing() = default;
  throwing(throwing&&) { throw std::runtime_error("not moved"); }
  throwing(const throwing&) = default;
  throwing& operator=(const throwing&) = default;
};

}  // namespace
}  // namespace offstage

template <>
struct offstage::codec<offstage::throwing> {
  static void encode(byte_writer&, const throwing&) {}
  static throwing decode(byte_reader&) { return {}; }
};

namespace offstage {
namespace {

TEST(CodecChoiceTest, RefusesToEncodeAVariantWithoutAValue) {
  std::variant<int, throwing> value = 1;
  EXPECT_THROW(value = throwing(), std::runtime_error);
  ASSERT_TRUE(value.valueless_by_exception());
  EXPECT_NE(encoding_error(value).find("the variant is valueless by exception"), std::string::npos);
}

TEST(CodecChoiceTest, RefusesChoicesWithoutACodec) {
  static_assert(!has_codec<std::optional<int*>>);
  static_assert(!has_codec<std::variant<int, const char*>>);
}

}  // namespace
}  // namespace offstage
