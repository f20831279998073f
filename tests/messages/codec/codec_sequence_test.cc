#include "messages/codec/codec_sequence.h"

#include <gtest/gtest.h>

#include <array>
#include <complex>
#include <deque>
#include <list>
#include <memory>
#include <memory_resource>
#include <numeric>
#include <string>
#include <variant>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace offstage {
namespace {

TEST(CodecSequenceTest, RoundTripsStringsOfEveryCharacter) {
  EXPECT_TRUE(survives(std::string()));
  EXPECT_TRUE(survives(std::string("a\0b\xff", 4)));
  EXPECT_TRUE(survives(std::string(254, 'x')));
  EXPECT_TRUE(survives(std::string(255, 'x')));
  EXPECT_TRUE(survives(std::string(100'000, 'x')));
  EXPECT_TRUE(survives(std::wstring(L"w\u00e4\U0001f600")));
  EXPECT_TRUE(survives(std::u8string(u8"\u00e4")));
  EXPECT_TRUE(survives(std::u16string(u"\u00e4\0x", 3)));
  EXPECT_TRUE(survives(std::u32string(U"\U0001f600")));
  EXPECT_TRUE(survives(std::pmr::string("in another allocator")));
}

TEST(CodecSequenceTest, RoundTripsVectors) {
  std::vector<int> many(1000);
  std::iota(many.begin(), many.end(), -500);
  EXPECT_TRUE(survives(std::vector<int>()));
  EXPECT_TRUE(survives(many));
  EXPECT_TRUE(survives(std::vector<std::byte>(300, std::byte{7})));
  EXPECT_TRUE(survives(std::vector<char>(300, 'c')));
  EXPECT_TRUE(survives(std::vector<long double>{1.5L, -0.0L}));
  EXPECT_TRUE(survives(std::vector<std::string>{"", "one", std::string(300, 't')}));
  EXPECT_TRUE(survives(std::vector<std::vector<std::vector<int>>>{{}, {{}, {1, 2}}, {{3}}}));
  EXPECT_TRUE(survives(std::pmr::vector<int>{1, 2, 3}));
  EXPECT_TRUE(survives(std::vector<std::complex<double>>{{1, 2}, {-3, 4}}));
}

TEST(CodecSequenceTest, CopiesPlainElementsAtOnce) {
  EXPECT_EQ(encode_to_bytes(std::vector<std::uint16_t>{1, 2}), bytes_of({2, 1, 0, 2, 0}));
  EXPECT_EQ(encode_to_bytes(std::vector<double>(1000)).size(), 9 + 8 * 1000U);
  // Long rows begin where their elements may lie.
  EXPECT_EQ(encode_to_bytes(std::vector<double>(4000)).size(), 16 + 8 * 4000U);
  EXPECT_EQ(encode_to_bytes(std::vector<char>(40000)).size(), 9 + 40000U);
  EXPECT_EQ(encode_to_bytes(std::array<std::uint8_t, 3>{1, 2, 3}), bytes_of({1, 2, 3}));
  static_assert(has_plain_codec<std::array<std::array<float, 3>, 4>>);
  static_assert(!has_plain_codec<std::array<bool, 3>>);
  static_assert(!has_plain_codec<std::array<int, 0>>);
}

TEST(CodecSequenceTest, RoundTripsVectorsOfBoolOfEveryLength) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<bool> value(size);
    for (std::size_t i = 0; i < size; ++i) value[i] = i % 3 == 0;
    EXPECT_TRUE(survives(value));
    EXPECT_EQ(encode_to_bytes(value).size(), 1 + (size + 7) / 8);
    value.flip();
    EXPECT_TRUE(survives(value));
  }
}

TEST(CodecSequenceTest, RefusesOnesInTheUnusedBitsOfAVectorOfBool) {
  EXPECT_EQ(decode_from_bytes<std::vector<bool>>(bytes_of({3, 0b101})),
            (std::vector<bool>{true, false, true}));
  EXPECT_NE(decoding_error<std::vector<bool>>(bytes_of({3, 0b1101})), "");
  EXPECT_NE(decoding_error<std::vector<bool>>(bytes_of({9, 0, 2})), "");
  EXPECT_EQ(decoding_error<std::vector<bool>>(bytes_of({8, 0xff})), "");
}

TEST(CodecSequenceTest, RoundTripsArraysDequesAndLists) {
  EXPECT_TRUE(survives(std::array<int, 3>{1, -2, 3}));
  EXPECT_TRUE(survives(std::array<int, 0>{}));
  EXPECT_TRUE(survives(std::array<bool, 3>{true, false, true}));
  EXPECT_TRUE(survives(std::array<std::string, 2>{"a", ""}));
  EXPECT_TRUE(survives(std::array<std::array<double, 2>, 2>{{{1, 2}, {3, 4}}}));
  EXPECT_TRUE(survives(std::deque<int>{1, 2, 3}));
  EXPECT_TRUE(survives(std::deque<std::string>{"a", "b"}));
  EXPECT_TRUE(survives(std::list<double>{1.5, -0.0}));
  EXPECT_TRUE(survives(std::list<std::vector<bool>>{{true}, {}, {false, true}}));
}

class numbered {
 public:
  explicit numbered(int number) : number_(number) {}
  bool operator==(const numbered&) const = default;

 private:
  int number_;
};

TEST(CodecSequenceTest, RoundTripsElementsWithoutADefaultConstructor) {
  EXPECT_TRUE(survives(std::vector<numbered>{numbered(1), numbered(2)}));
  EXPECT_TRUE(survives(std::array<numbered, 2>{numbered(1), numbered(2)}));
}

TEST(CodecSequenceTest, RoundTripsElementsThatCanOnlyBeMoved) {
  std::vector<std::unique_ptr<int>> value;
  value.push_back(std::make_unique<int>(4));
  value.push_back(nullptr);
  const auto arrived = round_trip(value);
  ASSERT_EQ(arrived.size(), 2U);
  EXPECT_EQ(*arrived[0], 4);
  EXPECT_EQ(arrived[1], nullptr);
}

struct nothing {
  bool operator==(const nothing&) const = default;
};

TEST(CodecSequenceTest, RoundTripsElementsWithoutBytesOfTheirOwn) {
  EXPECT_TRUE(survives(std::vector<std::monostate>(5)));
  EXPECT_TRUE(survives(std::vector<nothing>(300)));
  EXPECT_TRUE(survives(std::list<std::tuple<>>(3)));
  EXPECT_TRUE(survives(std::deque<std::array<int, 0>>(3)));
}

TEST(CodecSequenceTest, RefusesMoreElementsWithoutBytesThanThereAreBytes) {
  auto huge = bytes_of({255, 0, 0, 0, 0, 0, 0, 0, 64});
  EXPECT_NE(decoding_error<std::vector<std::monostate>>(huge), "");
  EXPECT_NE(decoding_error<std::list<std::tuple<>>>(huge), "");
  EXPECT_NE(decoding_error<std::deque<nothing>>(huge), "");
  EXPECT_NE(decoding_error<std::vector<std::monostate>>(bytes_of({2, 0, 1})), "");
  EXPECT_EQ(decoding_error<std::vector<std::monostate>>(bytes_of({2, 0, 0})), "");
}

TEST(CodecSequenceTest, RefusesLengthsBeyondTheInput) {
  const auto huge = bytes_of({255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4});
  EXPECT_EQ(decoding_error<std::vector<int>>(huge).substr(0, 9), "decoding ");
  EXPECT_NE(decoding_error<std::vector<int>>(huge).find(
                "expected a length of at most 1, found 18446744073709551615"),
            std::string::npos);
  EXPECT_NE(decoding_error<std::string>(huge), "");
  EXPECT_NE(decoding_error<std::u32string>(huge), "");
  EXPECT_NE(decoding_error<std::vector<bool>>(huge), "");
  EXPECT_NE(decoding_error<std::vector<std::string>>(huge), "");
  EXPECT_NE(decoding_error<std::deque<char>>(huge), "");
  EXPECT_NE(decoding_error<std::list<char>>(huge), "");
  // A length whose size in bytes would wrap round to something small.
  const auto wraps = bytes_of({255, 1, 0, 0, 0, 0, 0, 0, 64, 1, 2, 3, 4});
  EXPECT_NE(decoding_error<std::vector<int>>(wraps), "");
}

}  // namespace
}  // namespace offstage
