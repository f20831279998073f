#include "messages/codec/codec.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace money_house {

struct money {
  std::int64_t cents = 0;
  std::string currency;
  bool operator==(const money&) const = default;
};

}  // namespace money_house

template <>
struct offstage::codec<money_house::money> {
  static void encode(byte_writer& writer, const money_house::money& value) {
    if (value.currency.empty()) throw std::invalid_argument("money without a currency");
    writer.write(value.cents, value.currency);
  }
  static money_house::money decode(byte_reader& reader) {
    const auto cents = reader.read<std::int64_t>();
    return {cents, reader.read<std::string>()};
  }
};

namespace offstage {
namespace {

using money_house::money;

template <class T>
std::string memory(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <class Float>
std::vector<Float> remarkable_values() {
  using limits = std::numeric_limits<Float>;
  return {Float(0),
          -Float(0),
          Float(1),
          Float(-1.5),
          limits::min(),
          limits::max(),
          limits::lowest(),
          limits::epsilon(),
          limits::denorm_min(),
          -limits::denorm_min(),
          limits::min() / 2,
          limits::infinity(),
          -limits::infinity()};
}

TEST(CodecTest, RoundTripsEveryValueOfFloatingPoint) {
  for (float value : remarkable_values<float>())
    EXPECT_EQ(memory(round_trip(value)), memory(value));
  for (double value : remarkable_values<double>()) {
    EXPECT_EQ(memory(round_trip(value)), memory(value));
  }
  for (long double value : remarkable_values<long double>()) {
    EXPECT_EQ(round_trip(value), value);
    EXPECT_EQ(std::signbit(round_trip(value)), std::signbit(value));
  }
}

TEST(CodecTest, KeepsThePayloadOfANotANumber) {
  // Quiet and signalling ones, of either sign.
  for (std::uint64_t bits : {0x7ff8000000000000U, 0x7ff8000000001234U, 0xfff80000deadbeefU,
                             0x7ff0000000000001U, 0xffffffffffffffffU}) {
    const auto encoded = encode_to_bytes(std::bit_cast<double>(bits));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(decode_from_bytes<double>(encoded)), bits);
  }
  for (std::uint32_t bits : {0x7fc00000U, 0x7fc01234U, 0xffc0beefU, 0xffffffffU}) {
    const auto encoded = encode_to_bytes(std::bit_cast<float>(bits));
    EXPECT_EQ(std::bit_cast<std::uint32_t>(decode_from_bytes<float>(encoded)), bits);
  }
  const auto odd = std::nanl("4660");
  EXPECT_EQ(std::memcmp(encode_to_bytes(round_trip(odd)).data(), &odd, 10), 0);
}

TEST(CodecTest, RoundTripsSampledBitPatternsOfFloat) {
  for (std::uint64_t bits = 0; bits <= 0xffffffffU; bits += 65521) {
    const auto pattern = static_cast<std::uint32_t>(bits);
    const auto encoded = encode_to_bytes(std::bit_cast<float>(pattern));
    ASSERT_EQ(std::bit_cast<std::uint32_t>(decode_from_bytes<float>(encoded)), pattern);
  }
}

template <class T>
class CodecOfIntegersTest : public testing::Test {};
using integers = testing::Types<char, signed char, unsigned char, wchar_t, char8_t, char16_t,
                                char32_t, short, unsigned short, int, unsigned, long, unsigned long,
                                long long, unsigned long long>;
TYPED_TEST_SUITE(CodecOfIntegersTest, integers);

TYPED_TEST(CodecOfIntegersTest, RoundTripsTheLimits) {
  using limits = std::numeric_limits<TypeParam>;
  for (auto value : {limits::min(), limits::max(), TypeParam(0), TypeParam(1), TypeParam(85)}) {
    EXPECT_TRUE(survives(value));
    EXPECT_EQ(encode_to_bytes(value).size(), sizeof(TypeParam));
  }
}

TEST(CodecTest, TakesABoolFromZeroAndOneOnly) {
  EXPECT_TRUE(survives(true));
  EXPECT_TRUE(survives(false));
  for (int value = 2; value < 256; ++value) {
    EXPECT_EQ(decoding_error<bool>(bytes_of({value})),
              "decoding bool: expected 0 or 1, found " + std::to_string(value));
  }
}

TEST(CodecTest, SaysWhatIsMissing) {
  EXPECT_EQ(decoding_error<int>(bytes_of({1, 2, 3})),
            "decoding int: expected 4 more bytes, found 3");
  EXPECT_EQ(decoding_error<double>({}), "decoding double: expected 8 more bytes, found 0");
}

TEST(CodecTest, SaysWhatIsTooMuch) {
  EXPECT_EQ(decoding_error<char>(bytes_of({1, 2, 3})),
            "decoding char: expected the end, found 2 more bytes");
}

TEST(CodecTest, EncodesAConstantAsTheValueItIs) {
  static_assert(has_codec<const int>);
  static_assert(has_codec<const money>);
  static_assert(!has_codec<const int*>);
  EXPECT_EQ((decode_from_bytes<const int>(encode_to_bytes(7))), 7);
}

TEST(CodecTest, UsesTheCodecThatTheUserWrote) {
  static_assert(has_codec<money>);
  static_assert(!has_plain_codec<money>);
  EXPECT_TRUE(survives(money{1250, "EUR"}));
  EXPECT_TRUE(survives(std::vector<money>{{1, "EUR"}, {2, "SEK"}}));
}

TEST(CodecTest, LetsExceptionsOfTheUsersCodecThrough) {
  EXPECT_THROW(encode_to_bytes(money{1, ""}), std::invalid_argument);
  EXPECT_THROW(encode_to_bytes(std::vector<money>{{1, "EUR"}, {2, ""}}), std::invalid_argument);
}

TEST(CodecTest, WritesIntoAGivenRoomButNotBeyondIt) {
  bytes room(11, std::byte{0xee});
  EXPECT_EQ(encode_into(std::span(room).first(10), money{1, "E"}), 10U);
  EXPECT_EQ(room[10], std::byte{0xee});
  EXPECT_EQ(decode_from_bytes<money>(std::span(room).first(10)), (money{1, "E"}));
  try {
    encode_into(std::span(room).first(9), money{1, "E"});
    FAIL() << "nine bytes are not enough";
  } catch (const codec_error& error) {
    EXPECT_STREQ(error.what(), "encoding into given room: expected room for 1 more bytes, found 0");
  }
}

}  // namespace
}  // namespace offstage
